/// The labels of one series at a time, and the scratch memory to relabel them in. Made once per scrape (or kept for
/// several of one ``ScrapeRelabeler``), filled anew for each series:
///
///     labels.begin()
///     labels.append(name: ..., value: ..., origin: 0)     // __name__ as any other
///     switch labels.relabel() { ... }
///     for index in 0..<labels.count where labels[index].isPresent { ... }
///
/// Nothing is allocated per series once the tables have grown. Whoever appends keeps the bytes in place until the next
/// ``begin()``. Not for use from several threads at once.
@safe package struct Labels: ~Copyable {
    package let relabeler: ScrapeRelabeler
    /// Entries, those of removed labels included.
    @usableFromInline package internal(set) var count = 0
    @usableFromInline var entries: UnsafeMutablePointer<Label>
    /// Of the labels as appended; only where ``RelabelTraits/merging`` is not `never`. Series with equal labels, in
    /// whatever order, have equal fingerprints; it means something within one `Labels` only.
    package internal(set) var inputFingerprint: UInt64 = 0

    var capacity: Int
    let program: RelabelProgram
    let seed: UInt64
    var names: NameTable
    /// By number of a name: the entry that has it, or -1.
    var slots: UnsafeMutablePointer<Int32>
    var slotCapacity: Int
    var scratch = ScratchMemory()
    /// Rises with each label set, for the order in which Prometheus goes through them.
    var sequence: Int32 = 0
    /// Some label begins with `__` and is not `__name__`.
    var hasReserved = false
    var isTouched = false
    /// Begin and end of each group of a match.
    let offsets: UnsafeMutablePointer<Int32>
    /// What a step collects before it sets anything; as large as `entries`.
    var collected: UnsafeMutablePointer<Label>
    var collectedCount = 0
    /// For each step that judges names, by number of the name: 0 not asked yet, 1 no, 2 yes.
    var nameMemo: UnsafeMutablePointer<UInt8>
    var lastName = NameVerdict()
    /// By step that takes the engine to find groups.
    let matchCaches: UnsafeMutablePointer<MatchCache>

    package init(_ relabeler: ScrapeRelabeler) {
        self.relabeler = relabeler
        program = relabeler.program
        seed = UInt64.random(in: .min ... .max)
        capacity = 64
        unsafe entries = .allocate(capacity: capacity)
        unsafe collected = .allocate(capacity: capacity)
        names = NameTable(program.names, seed: seed)
        slotCapacity = names.capacity
        unsafe slots = .allocate(capacity: slotCapacity)
        unsafe slots.initialize(repeating: -1, count: slotCapacity)
        unsafe offsets = .allocate(capacity: 2 * program.groupCount)
        unsafe nameMemo = .allocate(capacity: slotCapacity * program.nameMemos)
        unsafe nameMemo.initialize(repeating: 0, count: slotCapacity * program.nameMemos)
        unsafe matchCaches = .allocate(capacity: program.matchCaches)
        for index in 0..<program.matchCaches {
            unsafe (matchCaches + index).initialize(to: MatchCache(groupCount: program.groupCount))
        }
    }

    deinit {
        unsafe entries.deallocate()
        unsafe collected.deallocate()
        unsafe slots.deallocate()
        unsafe offsets.deallocate()
        unsafe nameMemo.deallocate()
        unsafe matchCaches.deinitialize(count: program.matchCaches)
        unsafe matchCaches.deallocate()
    }

    /// Forgets the series before.
    package mutating func begin() {
        for index in 0..<count where unsafe entries[index].number >= 0 {
            unsafe slots[Int(entries[index].number)] = -1
        }
        count = 0
        sequence = 0
        inputFingerprint = 0
        hasReserved = false
        isTouched = false
        scratch.reset()
    }

    /// Adds a label of the body, name and value unescaped; `le` and `quantile` as Prometheus reads them. `origin` is
    /// 0 or above and finds the label's bytes in the body again. An empty value counts as no label.
    package mutating func append(name: ByteRun, value: ByteRun, origin: Int) {
        let number = number(of: name)
        if count == capacity { growEntries() }
        let isReserved = number != 0 && name.isReserved
        if isReserved { hasReserved = true }
        let hash = program.wantsFingerprints ? hash(name: name, number: number, value: value) : 0
        if !value.isEmpty { inputFingerprint &+= hash }
        unsafe (entries + count).initialize(
            to: Label(
                name: name, value: value, hash: hash, origin: Int32(truncatingIfNeeded: origin),
                number: Int32(truncatingIfNeeded: number), sequence: 0, isPresent: !value.isEmpty,
                isBodys: !value.isEmpty,
                wasPresent: !value.isEmpty, isReserved: isReserved))
        // Of two labels of one name, which Prometheus refuses later, rules see the first.
        if unsafe number >= 0 && slots[number] < 0 { unsafe slots[number] = Int32(truncatingIfNeeded: count) }
        count += 1
    }

    /// An entry; the order is that of the body, then that in which rules added labels.
    @inlinable @inline(__always) package subscript(index: Int) -> Label { unsafe entries[index] }

    /// How many labels the series has, `__name__` included (for `label_limit`).
    package var presentCount: Int {
        var present = 0
        for index in 0..<count where unsafe entries[index].isPresent { present += 1 }
        return present
    }

    /// As ``inputFingerprint``, of the labels as they are now.
    package func fingerprint() -> UInt64 {
        var sum: UInt64 = 0
        for index in 0..<count {
            let label = unsafe entries[index]
            guard label.isPresent else { continue }
            sum &+=
                label.origin >= 0
                ? label.hash : hash(name: label.name, number: Int(label.number), value: label.value)
        }
        return sum
    }

    /// Gives the same fingerprints to who has labels but no need of a label set.
    package var hasher: LabelHasher { LabelHasher(seed: seed) }

    @inline(__always) private func hash(name: ByteRun, number: Int, value: ByteRun) -> UInt64 {
        let nameHash = number >= 0 ? names.hash(number) : hasher.hash(ofName: name)
        return hasher.hash(ofValue: value, under: nameHash)
    }
}

/// One label of a series.
package struct Label: BitwiseCopyable {
    package let name: ByteRun
    package internal(set) var value: ByteRun
    let hash: UInt64
    /// Where the label came from, as told to ``Labels/append(name:value:origin:)``: its bytes in the body still hold. -1
    /// for one that rules or stamps made or changed.
    package internal(set) var origin: Int32
    /// In the name table; -1 past its limit.
    let number: Int32
    /// 0 for a label as the body has it, else when it was set.
    var sequence: Int32
    /// False for a label that was removed: the entry stays.
    package internal(set) var isPresent: Bool
    /// The body had a label of that name.
    let isBodys: Bool
    let wasPresent: Bool
    let isReserved: Bool
}

extension ByteRun {
    /// Begins with `__`.
    @inline(__always) var isReserved: Bool {
        count >= 2 && self[0] == UInt8(ascii: "_") && self[1] == UInt8(ascii: "_")
    }
}
