/// Memory for the texts that rules make of one series: given out piece by piece, taken back all at once.
@safe struct ScratchMemory: ~Copyable {
    private var block: UnsafeMutablePointer<UInt8>
    private var capacity: Int
    private var used = 0
    /// Full blocks, which still hold texts in use.
    private var full: [UnsafeMutablePointer<UInt8>] = unsafe []

    /// A series that took more is rare, and its memory is given back.
    private static let usualCapacity = 16 << 10

    init() {
        capacity = Self.usualCapacity
        unsafe block = .allocate(capacity: Self.usualCapacity)
    }

    deinit {
        for index in unsafe full.indices { unsafe full[index].deallocate() }
        unsafe block.deallocate()
    }

    /// Room for `count` bytes, valid until ``reset()``.
    @inline(__always) mutating func reserve(_ count: Int) -> UnsafeMutablePointer<UInt8> {
        if capacity - used < count { addBlock(holding: count) }
        let start = unsafe block + used
        used += count
        return unsafe start
    }

    @inline(__always) mutating func reset() {
        used = 0
        if unsafe !full.isEmpty { freeAllButOne() }
    }

    @inline(never) private mutating func addBlock(holding count: Int) {
        unsafe full.append(block)
        capacity = max(count, Self.usualCapacity)
        unsafe block = .allocate(capacity: capacity)
        used = 0
    }

    @inline(never) private mutating func freeAllButOne() {
        while let block = unsafe full.popLast() { unsafe block.deallocate() }
        guard capacity > Self.usualCapacity else { return }
        unsafe block.deallocate()
        capacity = Self.usualCapacity
        unsafe block = .allocate(capacity: capacity)
    }

    mutating func copy(_ bytes: [UInt8]) -> ByteRun {
        let start = unsafe reserve(bytes.count)
        for (index, byte) in bytes.enumerated() { unsafe (start + index).initialize(to: byte) }
        return unsafe ByteRun(start: start, count: bytes.count)
    }
}
