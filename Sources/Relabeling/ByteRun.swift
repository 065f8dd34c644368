#if canImport(Glibc)
    import Glibc
#else
    import Musl
#endif

/// Bytes that something else owns: an input buffer, a compiled rule, the scratch memory of ``Labels``. Two words, no
/// reference counted; whoever makes one answers for its bytes to stay where they are for as long as it is in use.
@safe package struct ByteRun: BitwiseCopyable, @unchecked Sendable {
    package let start: UnsafePointer<UInt8>
    package let count: Int

    @inlinable @inline(__always) package init(start: UnsafePointer<UInt8>, count: Int) {
        unsafe self.start = start
        self.count = count
    }

    /// Empty where the buffer is.
    @inlinable @inline(__always) package init(_ buffer: UnsafeBufferPointer<UInt8>) {
        if let start = buffer.baseAddress {
            unsafe self.init(start: start, count: buffer.count)
        } else {
            self = .empty
        }
    }

    /// No bytes; the address is never read.
    @inlinable package static var empty: ByteRun {
        unsafe ByteRun(start: UnsafePointer(bitPattern: 1).unsafelyUnwrapped, count: 0)
    }

    @inlinable package var isEmpty: Bool { count == 0 }

    @inlinable package var bytes: UnsafeBufferPointer<UInt8> {
        unsafe UnsafeBufferPointer(start: start, count: count)
    }

    package var string: String { unsafe String(decoding: bytes, as: UTF8.self) }

    @inline(__always) subscript(index: Int) -> UInt8 { unsafe start[index] }

    @inline(__always) func dropFirst(_ drop: Int) -> ByteRun {
        unsafe ByteRun(start: start + drop, count: count - drop)
    }

    @inline(__always) func slice(_ from: Int, _ to: Int) -> ByteRun {
        unsafe ByteRun(start: start + from, count: to - from)
    }

    @inline(__always) func starts(with prefix: ByteRun) -> Bool {
        unsafe count >= prefix.count && memcmp(start, prefix.start, prefix.count) == 0
    }

    @inline(__always) func ends(with suffix: ByteRun) -> Bool {
        unsafe count >= suffix.count && memcmp(start + (count - suffix.count), suffix.start, suffix.count) == 0
    }

    /// Where `other` first occurs, at `from` or behind it.
    func firstOffset(of other: ByteRun, from: Int) -> Int? {
        guard !other.isEmpty else { return from }
        var position = from
        let end = count - other.count
        while position <= end {
            guard let found = unsafe memchr(start + position, Int32(other[0]), end + 1 - position) else { return nil }
            position = unsafe UnsafeRawPointer(found) - UnsafeRawPointer(start)
            if unsafe memcmp(start + position, other.start, other.count) == 0 { return position }
            position += 1
        }
        return nil
    }
}

extension ByteRun: Equatable {
    @inline(__always) package static func == (left: ByteRun, right: ByteRun) -> Bool {
        unsafe left.count == right.count && memcmp(left.start, right.start, left.count) == 0
    }
}
