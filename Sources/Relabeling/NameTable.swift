/// Gives each label name a small number, so that rules find a label without comparing names. Bodies have few different
/// names; those past the limit have no number and are found by comparing.
@safe struct NameTable: ~Copyable {
    static let limit = 4096

    private(set) var count = 0
    /// How many names have room before the tables grow.
    private(set) var capacity: Int
    private var names: UnsafeMutablePointer<ByteRun>
    private var hashes: UnsafeMutablePointer<UInt64>
    /// Open addressing, twice the capacity; 0 is free, else a number plus 1.
    private var buckets: UnsafeMutablePointer<UInt16>
    private let seed: UInt64
    private var memory = FrozenMemory()

    /// Numbers `fixed` from 0 on.
    init(_ fixed: Frozen<ByteRun>, seed: UInt64) {
        self.seed = seed
        capacity = 64
        while capacity < fixed.count * 2 { capacity *= 2 }
        unsafe names = .allocate(capacity: capacity)
        unsafe hashes = .allocate(capacity: capacity)
        unsafe buckets = .allocate(capacity: capacity * 2)
        unsafe buckets.initialize(repeating: 0, count: capacity * 2)
        for index in 0..<fixed.count { add(fixed[index]) }
    }

    deinit {
        unsafe names.deallocate()
        unsafe hashes.deallocate()
        unsafe buckets.deallocate()
    }

    @inline(__always) func name(_ number: Int) -> ByteRun { unsafe names[number] }
    @inline(__always) func hash(_ number: Int) -> UInt64 { unsafe hashes[number] }

    /// The number of a name, given now if need be; nil past the limit.
    @inline(__always) mutating func number(of name: ByteRun) -> Int? {
        var bucket = Int(truncatingIfNeeded: name.quickHash) & (capacity * 2 - 1)
        while unsafe buckets[bucket] != 0 {
            let number = unsafe Int(buckets[bucket]) - 1
            if unsafe names[number] == name { return number }
            bucket = (bucket + 1) & (capacity * 2 - 1)
        }
        return addCopy(of: name)
    }

    @inline(never) private mutating func addCopy(of name: ByteRun) -> Int? {
        guard count < Self.limit else { return nil }
        if count == capacity { grow() }
        add(memory.freeze(unsafe Array(name.bytes)))
        return count - 1
    }

    private mutating func add(_ name: ByteRun) {
        unsafe (names + count).initialize(to: name)
        unsafe (hashes + count).initialize(to: name.fullHash(seed: seed))
        insert(count)
        count += 1
    }

    private mutating func insert(_ number: Int) {
        var bucket = unsafe Int(truncatingIfNeeded: names[number].quickHash) & (capacity * 2 - 1)
        while unsafe buckets[bucket] != 0 { bucket = (bucket + 1) & (capacity * 2 - 1) }
        unsafe buckets[bucket] = UInt16(number + 1)
    }

    private mutating func grow() {
        let oldNames = unsafe names
        let oldHashes = unsafe hashes
        unsafe buckets.deallocate()
        capacity *= 2
        unsafe names = .allocate(capacity: capacity)
        unsafe names.initialize(from: oldNames, count: count)
        unsafe hashes = .allocate(capacity: capacity)
        unsafe hashes.initialize(from: oldHashes, count: count)
        unsafe buckets = .allocate(capacity: capacity * 2)
        unsafe buckets.initialize(repeating: 0, count: capacity * 2)
        unsafe oldNames.deallocate()
        unsafe oldHashes.deallocate()
        for number in 0..<count { insert(number) }
    }
}
