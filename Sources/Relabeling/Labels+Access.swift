// How steps read and write labels.
extension Labels {
    /// The value of a label by the number of its name; empty where there is none.
    @inline(__always) func value(_ number: Int) -> ByteRun {
        let slot = unsafe Int(slots[number])
        guard slot >= 0, unsafe entries[slot].isPresent else { return ByteRun.empty }
        return unsafe entries[slot].value
    }

    /// The number of a name, or -1 past the limit of the table.
    @inline(__always) mutating func number(of name: ByteRun) -> Int {
        guard let number = names.number(of: name) else { return -1 }
        if number >= slotCapacity { growSlots() }
        return number
    }

    /// Sets a label, or removes it with an empty value.
    @inline(__always) mutating func set(_ number: Int, to value: ByteRun) {
        let slot = unsafe Int(slots[number])
        if slot >= 0 {
            change(slot, to: value)
        } else if !value.isEmpty {
            unsafe slots[number] = Int32(truncatingIfNeeded: count)
            add(name: names.name(number), number: number, value: value)
        }
    }

    /// The same by name, for names that rules made up.
    mutating func set(named name: ByteRun, to value: ByteRun) {
        let number = number(of: name)
        if number >= 0 { return set(number, to: value) }
        for index in 0..<count where unsafe entries[index].number < 0 && entries[index].name == name {
            return change(index, to: value)
        }
        if !value.isEmpty { add(name: name, number: -1, value: value) }
    }

    /// As Prometheus' label builder: what was there as the body had it, or had been removed, moves to the end.
    @inline(__always) private mutating func change(_ index: Int, to value: ByteRun) {
        let label = unsafe entries[index]
        if value.isEmpty {
            if label.isPresent { remove(index) }
            return
        }
        if !label.isPresent || label.sequence == 0 {
            sequence += 1
            unsafe entries[index].sequence = sequence
        }
        guard !label.isPresent || label.value != value else { return }
        isTouched = true
        unsafe entries[index].value = value
        unsafe entries[index].origin = -1
        unsafe entries[index].isPresent = true
    }

    @inline(__always) mutating func remove(_ index: Int) {
        unsafe entries[index].isPresent = false
        isTouched = true
    }

    private mutating func add(name: ByteRun, number: Int, value: ByteRun) {
        if count == capacity { growEntries() }
        let isReserved = number != 0 && name.isReserved
        if isReserved { hasReserved = true }
        sequence += 1
        isTouched = true
        unsafe (entries + count).initialize(
            to: Label(
                name: name, value: value, hash: 0, origin: -1, number: Int32(truncatingIfNeeded: number),
                sequence: sequence, isPresent: true, isBodys: false, wasPresent: false, isReserved: isReserved))
        count += 1
    }

    mutating func collect(_ label: Label) {
        if collectedCount == capacity { growEntries() }
        unsafe (collected + collectedCount).initialize(to: label)
        collectedCount += 1
    }

    @inline(never) mutating func growEntries() {
        let old = unsafe entries
        let oldCollected = unsafe collected
        capacity *= 2
        unsafe entries = .allocate(capacity: capacity)
        unsafe entries.initialize(from: old, count: count)
        unsafe collected = .allocate(capacity: capacity)
        unsafe collected.initialize(from: oldCollected, count: collectedCount)
        unsafe old.deallocate()
        unsafe oldCollected.deallocate()
    }

    @inline(never) private mutating func growSlots() {
        let old = unsafe slots
        let oldMemo = unsafe nameMemo
        let oldCapacity = slotCapacity
        slotCapacity = names.capacity
        unsafe slots = .allocate(capacity: slotCapacity)
        unsafe slots.initialize(repeating: -1, count: slotCapacity)
        unsafe slots.update(from: old, count: oldCapacity)
        unsafe nameMemo = .allocate(capacity: slotCapacity * program.nameMemos)
        unsafe nameMemo.initialize(repeating: 0, count: slotCapacity * program.nameMemos)
        unsafe old.deallocate()
        unsafe oldMemo.deallocate()
    }
}
