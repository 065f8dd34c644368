/// A growable run of bytes that a rewriter appends to and its caller takes from.
///
/// Keeps its memory when emptied, so one scrape allocates a few times at most.
@safe package struct OutputBytes: ~Copyable {
    private(set) var base: UnsafeMutablePointer<UInt8>
    package private(set) var count = 0
    private(set) var capacity: Int

    package init(capacity: Int = 0) {
        self.capacity = max(capacity, 64)
        unsafe base = .allocate(capacity: self.capacity)
    }

    deinit {
        unsafe base.deallocate()
    }

    package var isEmpty: Bool { count == 0 }

    package mutating func append(_ bytes: UnsafeRawBufferPointer) {
        guard let source = bytes.baseAddress else { return }
        reserve(bytes.count)
        unsafe UnsafeMutableRawPointer(base + count).copyMemory(from: source, byteCount: bytes.count)
        count += bytes.count
    }

    package mutating func append(_ byte: UInt8) {
        reserve(1)
        unsafe base[count] = byte
        count += 1
    }

    package mutating func append(_ bytes: borrowing [UInt8]) {
        unsafe bytes.withUnsafeBytes { unsafe append($0) }
    }

    package mutating func append(_ text: StaticString) {
        unsafe append(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    /// Forgets all bytes, or the first of them, and keeps the memory.
    package mutating func removeAll() {
        count = 0
    }

    package mutating func removeFirst(_ length: Int) {
        precondition(length <= count)
        unsafe base.update(from: base + length, count: count - length)
        count -= length
    }

    /// Part of it, for as long as nothing is appended or removed.
    func run(_ range: Range<Int>) -> UnsafeRawBufferPointer {
        unsafe UnsafeRawBufferPointer(start: base + range.lowerBound, count: range.count)
    }

    mutating func removeLast() {
        precondition(count > 0)
        count -= 1
    }

    package func withUnsafeBytes<Result, Failure>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try unsafe body(UnsafeRawBufferPointer(start: base, count: count))
    }

    package func copyArray() -> [UInt8] {
        unsafe Array(UnsafeBufferPointer(start: base, count: count))
    }

    /// Makes room for `length` more bytes.
    @inline(__always)
    mutating func reserve(_ length: Int) {
        if capacity - count < length { grow(length) }
    }

    /// Where the next byte goes; room must have been made by `reserve`, and `advance` tells what was written.
    @inline(__always)
    var end: UnsafeMutablePointer<UInt8> { unsafe base + count }

    @inline(__always)
    mutating func advance(by length: Int) {
        count += length
    }

    @inline(never)
    private mutating func grow(_ length: Int) {
        let wanted = max(capacity * 2, count + length)
        let larger = UnsafeMutablePointer<UInt8>.allocate(capacity: wanted)
        unsafe larger.update(from: base, count: count)
        unsafe base.deallocate()
        unsafe base = larger
        capacity = wanted
    }
}
