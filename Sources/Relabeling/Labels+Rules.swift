// Running the rules over the series at hand.
extension Labels {
    /// Stamps the series (spec 7.2), applies the rules (7.3) and removes what the owner or a rule added and no one is to see.
    /// The entries are then what is to be written, in case of ``RelabelOutcome/changed``.
    package mutating func relabel() -> RelabelOutcome {
        guard !program.dropsEverything, program.nameSteps.count == 0 || !dropsSeries(named: value(0)) else {
            return .dropped
        }
        if program.stamps.count > 0 { stamp() }
        for index in 0..<program.steps.count where !run(program.steps[index]) { return .dropped }
        if isTouched, hasReserved { removeAddedReserved() }
        guard !value(0).isEmpty else { return presentCount == 0 ? .leftWithoutLabels : .leftWithoutName }
        return isTouched && isChanged ? .changed : .unchanged
    }

    /// Whether a rule drops every series of that name, whatever its other labels. The last answer is kept.
    package mutating func dropsSeries(named name: ByteRun) -> Bool {
        if let known = lastName.verdict(on: name) { return known }
        let isDropped = relabeler.dropsSeries(named: name)
        lastName.remember(name, isDropped: isDropped)
        return isDropped
    }

    private func isChangedEntry(_ label: Label) -> Bool {
        label.isPresent != label.wasPresent || label.isPresent && label.origin < 0
    }

    private var isChanged: Bool {
        for index in 0..<count where unsafe isChangedEntry(entries[index]) { return true }
        return false
    }

    private mutating func removeAddedReserved() {
        for index in 0..<count {
            let label = unsafe entries[index]
            if label.isReserved, !label.isBodys { unsafe entries[index].isPresent = false }
        }
    }

    // MARK: - Stamps

    private mutating func stamp() {
        // In order of their names' length, as Prometheus: so that the renamed ones come out the same.
        collectedCount = 0
        for index in 0..<program.stamps.count {
            let stamp = program.stamps[index]
            let existing = value(stamp.label)
            if !existing.isEmpty {
                if program.honorsLabels { continue }
                unsafe collect(entries[Int(slots[stamp.label])])
            }
            set(stamp.label, to: stamp.value)
        }
        for index in 0..<collectedCount { unsafe export(collected[index]) }
    }

    private mutating func export(_ label: Label) {
        let prefix: StaticString = "exported_"
        var name = label.name
        repeat {
            let longer = unsafe scratch.reserve(prefix.utf8CodeUnitCount + name.count)
            unsafe longer.update(from: prefix.utf8Start, count: prefix.utf8CodeUnitCount)
            unsafe (longer + prefix.utf8CodeUnitCount).update(from: name.start, count: name.count)
            name = unsafe ByteRun(start: longer, count: prefix.utf8CodeUnitCount + name.count)
        } while !value(named: name).isEmpty
        set(named: name, to: label.value)
    }

    private mutating func value(named name: ByteRun) -> ByteRun {
        let number = number(of: name)
        if number >= 0 { return value(number) }
        for index in 0..<count where unsafe entries[index].number < 0 && entries[index].name == name {
            return unsafe entries[index].isPresent ? entries[index].value : .empty
        }
        return .empty
    }

    // MARK: - Steps

    /// Runs one step; false where it drops the series.
    @inline(__always) private mutating func run(_ step: RelabelStep) -> Bool {
        if step.concernsReservedOnly, !hasReserved { return true }
        switch step.kind {
        case .drop:
            guard let subject = subject(of: step) else { return true }
            return !step.regexp[0].matcher.matches(subject)
        case .keep:
            guard let subject = subject(of: step) else { return false }
            return step.regexp[0].matcher.matches(subject)
        case .dropEqual: return joined(step) != (step.target < 0 ? step.constant : value(step.target))
        case .keepEqual: return joined(step) == (step.target < 0 ? step.constant : value(step.target))
        case .replace: replace(step)
        case .copy: set(step.target, to: joined(step))
        case .assign: set(step.target, to: step.constant)
        case .assignOwn: assignOwn(step)
        case .hashmod: set(step.target, to: scratch.copy(Array(HashModulo.text(joined(step), step.modulus).utf8)))
        case .lowercase: set(step.target, to: scratch.copy(LetterCase.lower.mapped(joined(step))))
        case .uppercase: set(step.target, to: scratch.copy(LetterCase.upper.mapped(joined(step))))
        case .labelMap: mapLabels(step)
        case .labelDrop: removeLabels(step, where: true)
        case .labelKeep: removeLabels(step, where: false)
        }
        return true
    }

    @inline(__always) private func value(_ source: RelabelStep.Source) -> ByteRun {
        source.label >= 0 ? value(source.label) : source.constant
    }

    /// The joined sources; nil where their length or their beginning shows that the regex can't match them.
    @inline(__always) private mutating func subject(of step: RelabelStep) -> ByteRun? {
        guard step.sources.count > 1 else { return joined(step) }
        var count = (step.sources.count - 1) * step.separator.count
        for index in 0..<step.sources.count { count += value(step.sources[index]).count }
        guard step.regexp[0].matcher.canMatch(startingWith: value(step.sources[0]), count: count) else { return nil }
        return join(step, count: count)
    }

    @inline(__always) private mutating func joined(_ step: RelabelStep) -> ByteRun {
        if step.sources.count == 1 { return value(step.sources[0]) }
        guard step.sources.count > 0 else { return .empty }
        var count = (step.sources.count - 1) * step.separator.count
        for index in 0..<step.sources.count { count += value(step.sources[index]).count }
        return join(step, count: count)
    }

    private mutating func join(_ step: RelabelStep, count: Int) -> ByteRun {
        let start = unsafe scratch.reserve(count)
        var end = unsafe start
        for index in 0..<step.sources.count {
            if index > 0 {
                unsafe end.update(from: step.separator.start, count: step.separator.count)
                unsafe end += step.separator.count
            }
            let part = value(step.sources[index])
            unsafe end.update(from: part.start, count: part.count)
            unsafe end += part.count
        }
        return unsafe ByteRun(start: start, count: count)
    }

    private mutating func replace(_ step: RelabelStep) {
        let regexp = step.regexp[0]
        guard let subject = subject(of: step) else { return }
        let isMatch =
            step.matchCache >= 0
            ? unsafe matchCaches[step.matchCache].find(regexp, in: subject, seed: seed, offsets: offsets)
            : unsafe regexp.find(in: subject, from: 0, offsets: offsets)
        guard isMatch else { return }
        let result = expand(step.replacement, subject)
        guard step.target < 0 else { return set(step.target, to: result) }
        let target = expand(step.targetTemplate, subject)
        if !target.isEmpty { set(named: target, to: result) }
    }

    private mutating func assignOwn(_ step: RelabelStep) {
        let slot = unsafe Int(slots[step.target])
        if slot >= 0, unsafe entries[slot].isBodys { set(step.target, to: step.constant) }
    }

    /// Expands a template with the groups that `offsets` gives; bytes of the subject itself where it is but one group.
    private mutating func expand(_ template: Frozen<RelabelStep.TemplatePart>, _ subject: ByteRun) -> ByteRun {
        if template.count == 1 { return unsafe template[0].text(in: subject, offsets: offsets) }
        var count = 0
        for index in 0..<template.count { unsafe count += template[index].text(in: subject, offsets: offsets).count }
        let start = unsafe scratch.reserve(count)
        var end = unsafe start
        for index in 0..<template.count {
            let part = unsafe template[index].text(in: subject, offsets: offsets)
            unsafe end.update(from: part.start, count: part.count)
            unsafe end += part.count
        }
        return unsafe ByteRun(start: start, count: count)
    }

    // MARK: - Steps on names

    @inline(__always) private mutating func matchesName(_ step: RelabelStep, _ label: Label) -> Bool {
        guard label.number >= 0 else { return step.regexp[0].matcher.matches(label.name) }
        let place = step.nameMemo * slotCapacity + Int(label.number)
        let known = unsafe nameMemo[place]
        if known != 0 { return known == 2 }
        let matches = step.regexp[0].matcher.matches(label.name)
        unsafe nameMemo[place] = matches ? 2 : 1
        return matches
    }

    private mutating func removeLabels(_ step: RelabelStep, where matching: Bool) {
        for index in 0..<count {
            let label = unsafe entries[index]
            if label.isPresent, matchesName(step, label) == matching { remove(index) }
        }
    }

    /// Prometheus goes through the labels as they were before the rule: those of the body by name, then what was set, in
    /// turn. That shows where two are mapped to one name.
    private mutating func mapLabels(_ step: RelabelStep) {
        collectedCount = 0
        for index in 0..<count {
            let label = unsafe entries[index]
            if label.isPresent, matchesName(step, label) { collect(label) }
        }
        if collectedCount > 1 {
            var labels = unsafe UnsafeMutableBufferPointer(start: collected, count: collectedCount)
            unsafe labels.sort { left, right in
                guard left.sequence == right.sequence else { return left.sequence < right.sequence }
                return unsafe left.name.bytes.lexicographicallyPrecedes(right.name.bytes)
            }
        }
        for index in 0..<collectedCount {
            let label = unsafe collected[index]
            let name = replaceAll(step, in: label.name)
            if !name.isEmpty { set(named: name, to: label.value) }
        }
    }

    private mutating func replaceAll(_ step: RelabelStep, in text: ByteRun) -> ByteRun {
        let regexp = step.regexp[0]
        let offsets = unsafe offsets
        guard !regexp.isAnchored else {
            return unsafe regexp.find(in: text, from: 0, offsets: offsets) ? expand(step.replacement, text) : text
        }
        let template = step.replacement
        let bytes = unsafe regexp.replacingAll(in: text, offsets: offsets) {
            unsafe (0..<template.count).flatMap { unsafe template[$0].text(in: text, offsets: offsets).bytes }
        }
        return scratch.copy(bytes)
    }
}
