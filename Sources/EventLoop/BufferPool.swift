/// A block of bytes with a read position and a write position: filled at the end, consumed from the front.
@safe package final class ByteBuffer {
    package let capacity: Int
    private let storage: UnsafeMutableRawBufferPointer
    // Private, so that the compiler sees every access to them and need not check for overlapping ones at run time.
    private var first = 0
    private var limit = 0

    package init(capacity: Int) {
        self.capacity = capacity
        unsafe storage = .allocate(byteCount: capacity, alignment: 64)
    }

    deinit { unsafe storage.deallocate() }

    /// Where the bytes begin, and where they end.
    package var start: Int { first }
    package var end: Int { limit }
    package var count: Int { limit - first }
    package var isEmpty: Bool { first == limit }
    /// Space behind the bytes that are there.
    package var space: Int { capacity - limit }

    /// The bytes that are there. Valid until the buffer is changed.
    package var bytes: UnsafeRawBufferPointer { unsafe UnsafeRawBufferPointer(rebasing: storage[first..<limit]) }

    /// The free space behind them. Valid until the buffer is changed.
    package var freeSpace: UnsafeMutableRawBufferPointer {
        unsafe UnsafeMutableRawBufferPointer(rebasing: storage[limit..<capacity])
    }

    package func filled(_ count: Int) {
        precondition(limit + count <= capacity, "more bytes than the buffer holds")
        limit += count
    }

    package func consume(_ count: Int) {
        precondition(count <= self.count, "more bytes than are there")
        first += count
    }

    /// Empties the buffer and leaves room in front, so that `prepend` can put a head before what is read next.
    package func clear(leaving headroom: Int) {
        precondition(headroom <= capacity, "more room than the buffer has")
        first = headroom
        limit = headroom
    }

    /// Puts bytes before those that are there, so that both go out in one call.
    package func prepend(_ bytes: UnsafeRawBufferPointer) {
        precondition(bytes.count <= first, "more bytes than there is room in front")
        first -= bytes.count
        unsafe UnsafeMutableRawBufferPointer(rebasing: storage[first..<first + bytes.count]).copyMemory(from: bytes)
    }

    package func clear() {
        first = 0
        limit = 0
    }

    /// Moves the bytes to the front, so that all free space is behind them.
    package func compact() {
        guard first > 0 else { return }
        if let base = unsafe storage.baseAddress { unsafe base.copyMemory(from: base + first, byteCount: count) }
        limit -= first
        first = 0
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
        limit += bytes.count
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
    /// Large enough that a 4 MB body takes few system calls, small enough that 200 blocked scrapes, which hold two each where
    /// the upstream speaks TLS, stay under 60 MB.
    package static let bufferSize = 128 * 1024
    /// Enough for the head of a scrape's request.
    package static let smallBufferSize = 4096
    private let size: Int
    private var idle: [ByteBuffer] = []
    private static let kept = 32

    /// - Parameter size: bytes of each buffer.
    package init(of size: Int = bufferSize) { self.size = size }

    package func borrow() -> ByteBuffer { idle.popLast() ?? ByteBuffer(capacity: size) }

    /// Keeps the buffer if it is one of the pool's size.
    package func giveBack(_ buffer: ByteBuffer) {
        guard idle.count < Self.kept, buffer.capacity == size else { return }
        buffer.clear()
        idle.append(buffer)
    }
}
