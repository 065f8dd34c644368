/// Finds series that rewriting makes equal (spec 7.8): 16 bytes a series, and as much again for one that collides.
///
/// Fingerprints are those of Relabeling's `Labels`: seeded, 64 bits, blind to the order of labels.
@safe package struct CollisionTable: ~Copyable {
    package enum Admission: Sendable {
        case first
        /// The body itself repeats a series that was admitted.
        case repeated
        /// Another series of the body came out equal before.
        case collision
        /// The body itself repeats a series that had collided.
        case repeatedCollision
    }

    private struct Entry {
        var output: UInt64
        var input: UInt64
    }

    private var entries: UnsafeMutablePointer<Entry>
    private var capacity = 0
    private var count = 0
    /// Inputs of stamped series that are not in the table yet, and what their outputs add to them.
    private var stamped: [UInt64] = []
    private var stampSum: UInt64 = 0

    package init() {
        unsafe entries = .allocate(capacity: 1)
    }

    deinit {
        unsafe entries.deallocate()
    }

    /// Takes note of a series as the body had it and as it would leave.
    package mutating func admit(input: UInt64, output: UInt64) -> Admission {
        if !stamped.isEmpty { insertStamped() }
        guard let owner = insert(output, input) else { return .first }
        if owner == input { return .repeated }
        // Under a key of its own, so that many series with one outcome don't line up behind one another.
        let key = (output &* 0x9E37_79B9_7F4A_7C15) ^ input.byteSwapped
        return insert(key, ~input) == nil ? .collision : .repeatedCollision
    }

    /// Takes note of a series that only got the constant labels that every such series gets; `sum` is what these add to its
    /// fingerprint. Two of them are equal only where the body repeats one, so as long as there are no others, 8 bytes for
    /// each are put by and nothing is looked up.
    @inline(__always)
    mutating func admitStamped(_ input: UInt64, adding sum: UInt64) -> Admission {
        guard count == 0 else { return admit(input: input, output: input &+ sum) }
        stampSum = sum
        stamped.append(input)
        return .first
    }

    @inline(never)
    private mutating func insertStamped() {
        let inputs = stamped
        stamped = []
        for input in inputs { _ = insert(input &+ stampSum, input) }
    }

    /// The input that is there already for this output; nil if this one was put there.
    private mutating func insert(_ output: UInt64, _ input: UInt64) -> UInt64? {
        if count * 8 >= capacity * 7 { grow() }
        let key = output == 0 ? 1 : output
        let slot = unsafe Self.slot(for: key, entries, capacity)
        if unsafe entries[slot].output == key { return unsafe entries[slot].input }
        unsafe entries[slot] = Entry(output: key, input: input)
        count += 1
        return nil
    }

    private static func slot(for key: UInt64, _ entries: UnsafeMutablePointer<Entry>, _ capacity: Int) -> Int {
        var slot = Int(truncatingIfNeeded: key &* 0x9E37_79B9_7F4A_7C15 &>> 20) & (capacity - 1)
        while unsafe entries[slot].output != 0 && entries[slot].output != key { slot = (slot + 1) & (capacity - 1) }
        return slot
    }

    @inline(never)
    private mutating func grow() {
        let old = unsafe entries
        let oldCapacity = capacity
        capacity = max(64, capacity * 2)
        unsafe entries = .allocate(capacity: capacity)
        unsafe entries.initialize(repeating: Entry(output: 0, input: 0), count: capacity)
        for index in 0..<oldCapacity {
            let entry = unsafe old[index]
            if entry.output != 0 { unsafe entries[Self.slot(for: entry.output, entries, capacity)] = entry }
        }
        unsafe old.deallocate()
    }
}
