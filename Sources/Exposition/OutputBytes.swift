/// A growable run of bytes that a rewriter appends to and its caller takes from.
///
/// Keeps its memory when emptied, so one scrape allocates a few times at most.
@safe package struct OutputBytes: ~Copyable {
    private(set) var base: UnsafeMutablePointer<UInt8>
    package private(set) var count = 0
    private(set) var capacity: Int
    /// Bytes in front of `base` that `prepend` may fill, and how many it has.
    private let headroom: Int
    private var prepended = 0

    /// - Parameter headroom: room in front, for `prepend`.
    package init(capacity: Int = 0, headroom: Int = 0) {
        self.capacity = max(capacity, 64)
        self.headroom = headroom
        unsafe base = UnsafeMutablePointer.allocate(capacity: headroom + self.capacity) + headroom
    }

    deinit {
        unsafe (base - headroom).deallocate()
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
        prepended = 0
    }

    /// Puts bytes before all others, so that what is told of a run can be written in front of it without moving it.
    ///
    /// - Returns: false where they don't fit, and nothing was done.
    package mutating func prepend(_ bytes: borrowing [UInt8]) -> Bool {
        guard bytes.count <= headroom - prepended else { return false }
        prepended += bytes.count
        let target = unsafe UnsafeMutableRawPointer(base - prepended)
        unsafe bytes.withUnsafeBytes { source in
            guard let start = source.baseAddress else { return }
            unsafe target.copyMemory(from: start, byteCount: source.count)
        }
        return true
    }

    /// All bytes, with those that were prepended. Valid until it is changed.
    package var all: UnsafeRawBufferPointer {
        unsafe UnsafeRawBufferPointer(start: base - prepended, count: prepended + count)
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
        let larger = unsafe UnsafeMutablePointer<UInt8>.allocate(capacity: headroom + wanted) + headroom
        unsafe (larger - prepended).update(from: base - prepended, count: prepended + count)
        unsafe (base - headroom).deallocate()
        unsafe base = larger
        capacity = wanted
    }
}
