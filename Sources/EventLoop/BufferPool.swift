/// A block of bytes with a read position and a write position: filled at the end, consumed from the front.
@safe package final class ByteBuffer {
    package let capacity: Int
    private let storage: UnsafeMutableRawBufferPointer
    package private(set) var start = 0
    package private(set) var end = 0

    package init(capacity: Int) {
        self.capacity = capacity
        unsafe storage = .allocate(byteCount: capacity, alignment: 64)
    }

    deinit { unsafe storage.deallocate() }

    package var count: Int { end - start }
    package var isEmpty: Bool { start == end }
    /// Space behind the bytes that are there.
    package var space: Int { capacity - end }

    /// The bytes that are there. Valid until the buffer is changed.
    package var bytes: UnsafeRawBufferPointer { unsafe UnsafeRawBufferPointer(rebasing: storage[start..<end]) }

    /// The free space behind them. Valid until the buffer is changed.
    package var freeSpace: UnsafeMutableRawBufferPointer {
        unsafe UnsafeMutableRawBufferPointer(rebasing: storage[end..<capacity])
    }

    package func filled(_ count: Int) {
        precondition(end + count <= capacity, "more bytes than the buffer holds")
        end += count
    }

    package func consume(_ count: Int) {
        precondition(count <= self.count, "more bytes than are there")
        start += count
    }

    /// Empties the buffer and leaves room in front, so that `prepend` can put a head before what is read next.
    package func clear(leaving headroom: Int) {
        precondition(headroom <= capacity, "more room than the buffer has")
        start = headroom
        end = headroom
    }

    /// Puts bytes before those that are there, so that both go out in one call.
    package func prepend(_ bytes: UnsafeRawBufferPointer) {
        precondition(bytes.count <= start, "more bytes than there is room in front")
        start -= bytes.count
        unsafe UnsafeMutableRawBufferPointer(rebasing: storage[start..<start + bytes.count]).copyMemory(from: bytes)
    }

    package func clear() {
        start = 0
        end = 0
    }

    /// Moves the bytes to the front, so that all free space is behind them.
    package func compact() {
        guard start > 0 else { return }
        if let base = unsafe storage.baseAddress { unsafe base.copyMemory(from: base + start, byteCount: count) }
        end -= start
        start = 0
    }

    /// Moves some of the bytes that are there to a place before them, where nothing is wanted any more.
    ///
    /// - Parameters: both count from the first byte that is there.
    package func move(_ range: Range<Int>, to place: Int) {
        precondition(place >= 0 && place <= range.lowerBound && range.upperBound <= count, "no bytes of the buffer")
        guard place < range.lowerBound else { return }
        let target = unsafe UnsafeMutableRawBufferPointer(
            rebasing: storage[start + place..<start + place + range.count])
        unsafe target.copyMemory(
            from: UnsafeRawBufferPointer(rebasing: storage[start + range.lowerBound..<start + range.upperBound]))
    }

    /// Appends what fits; the caller checks `space` first.
    package func append(_ bytes: UnsafeRawBufferPointer) {
        precondition(bytes.count <= space, "more bytes than the buffer holds")
        unsafe freeSpace.copyMemory(from: bytes)
        end += bytes.count
    }

    package func append(_ text: StaticString) {
        unsafe append(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    package func append(_ text: String) {
        var text = text
        text.withUTF8 { unsafe append(UnsafeRawBufferPointer($0)) }
    }
}

/// Buffers of one size, last in first out, so that a busy loop works in few and warm ones. A task borrows one from the
/// first byte of an answer until it is written.
package final class BufferPool {
    /// Large enough that a 4 MB body takes few system calls, small enough that 200 blocked scrapes stay under 30 MB.
    package static let bufferSize = 128 * 1024
    private var idle: [ByteBuffer] = []
    private static let kept = 32

    package init() {}

    package func borrow() -> ByteBuffer { idle.popLast() ?? ByteBuffer(capacity: Self.bufferSize) }

    package func giveBack(_ buffer: ByteBuffer) {
        guard idle.count < Self.kept else { return }
        buffer.clear()
        idle.append(buffer)
    }
}
