/// Makes rules ready for one scrape by running them on what is known before the first series: the owner's labels, the
/// stamps, and what rules make of these. What depends on the series becomes a ``RelabelStep``.
struct RelabelCompiler {
    let memory = FrozenMemory()

    private let rules: RelabelRules
    /// Labels whose value is known at this point of the rules whatever the series; empty: known to be absent.
    private var known: [String: Known] = [:]
    /// In the order in which they came to be known.
    private var knownOrder: [String] = []
    private var numbers: [String: Int] = ["__name__": 0]
    private(set) var names: [ByteRun] = []
    private(set) var stamps: [(name: String, value: String)] = []
    private(set) var steps: [RelabelStep] = []
    private(set) var nameSteps: [RelabelStep] = []
    private(set) var dropsEverything = false
    /// See ``RelabelTraits/tellsPartsApart``.
    private(set) var tellsPartsApart = false
    private var nameMemos = 0
    private var matchCaches = 0
    private(set) var nameCanChange = false

    private struct Known {
        var value: ByteRun
        /// The label is not among those of the series while rules run: it begins with `__`, is gone at the end, and rules
        /// that read it have been told its value.
        var isVirtual: Bool
    }

    var honorsLabels: Bool { rules.honorsLabels }

    init(rules: RelabelRules, owner: [String: String]) {
        self.rules = rules
        names.append(memory.freeze("__name__"))
        for (name, value) in owner.sorted(by: { $0.key < $1.key }) where !value.isEmpty {
            learn(name, memory.freeze(value), isVirtual: true)
        }
        // As Prometheus renames what target labels collide with: short names first.
        let ordered = rules.stamps.sorted { ($0.label.utf8.count, $0.label) < ($1.label.utf8.count, $1.label) }
        for stamp in ordered {
            guard let value = owner[stamp.source], !value.isEmpty else { continue }
            stamps.append((stamp.label, value))
            if !rules.honorsLabels { learn(stamp.label, memory.freeze(value), isVirtual: false) }
        }
    }

    mutating func compile() {
        for config in rules.configs where !dropsEverything { compile(config) }
    }

    func program() -> RelabelProgram {
        var program = RelabelProgram()
        // Numbers of the stamps first: `numbers` must be complete before it is laid out.
        var copy = self
        let frozen = copy.stamps.map {
            RelabelProgram.FrozenStamp(label: copy.number(of: $0.name), value: memory.freeze($0.value))
        }
        program.stamps = memory.freeze(frozen)
        program.names = memory.freeze(copy.names)
        program.honorsLabels = rules.honorsLabels
        program.nameSteps = memory.freeze(nameSteps)
        program.steps = memory.freeze(steps)
        program.dropsEverything = dropsEverything
        program.nameMemos = nameMemos
        program.matchCaches = matchCaches
        program.groupCount = rules.configs.map(\.regex.compiled.groupCount).max() ?? 1
        program.wantsFingerprints = traits().merging != .never
        return program
    }

    // MARK: - Knowledge

    private mutating func learn(_ name: String, _ value: ByteRun, isVirtual: Bool) {
        if known[name] == nil { knownOrder.append(name) }
        known[name] = Known(value: value, isVirtual: isVirtual)
    }

    /// From here on the label depends on the series: what was known of it is written out for the steps to come.
    private mutating func forget(_ name: String) {
        guard let value = known.removeValue(forKey: name) else { return }
        knownOrder.removeAll { $0 == name }
        guard value.isVirtual else { return }
        var step = RelabelStep(kind: .assign)
        step.target = number(of: name)
        step.constant = value.value
        steps.append(step)
    }

    private mutating func forget(beginningWith prefix: [UInt8]) {
        for name in knownOrder where name.utf8.starts(with: prefix) { forget(name) }
    }

    private mutating func number(of name: String) -> Int {
        if let number = numbers[name] { return number }
        numbers[name] = names.count
        names.append(memory.freeze(name))
        return names.count - 1
    }

    // MARK: - Rules

    private mutating func compile(_ config: RelabelConfig) {
        switch config.action {
        case .drop, .keep: compileFilter(config)
        case .dropequal, .keepequal: compileComparison(config)
        case .replace: compileReplace(config)
        case .hashmod, .lowercase, .uppercase: compileFunction(config)
        case .labelmap: compileLabelMap(config)
        case .labeldrop, .labelkeep: compileLabelFilter(config)
        }
    }

    private mutating func compileFilter(_ config: RelabelConfig) {
        let drops = config.action == .drop
        if let subject = constantSubject(config) {
            if config.regex.compiled.matcher.matches(subject) == drops { dropsEverything = true }
            return
        }
        // With (.*) the subject does not count either.
        if config.regex.compiled.matcher.means == .always {
            if drops { dropsEverything = true }
            return
        }
        let step = step(drops ? .drop : .keep, config)
        if readsParts(config), !PartsOfFamily.arePassedAlike(by: config) { tellsPartsApart = true }
        let readsNameOnly = config.sourceLabels.allSatisfy { $0 == "__name__" || isKnown($0) }
        if readsNameOnly, !nameCanChange { nameSteps.append(step) } else { steps.append(step) }
    }

    private mutating func compileComparison(_ config: RelabelConfig) {
        let drops = config.action == .dropequal
        let target = known[config.targetLabel]
        if let subject = constantSubject(config), let target {
            if (subject == target.value) == drops { dropsEverything = true }
            return
        }
        var step = step(drops ? .dropEqual : .keepEqual, config)
        if let target { step.constant = target.value } else { step.target = number(of: config.targetLabel) }
        steps.append(step)
        if readsParts(config) || target == nil && PartsOfFamily.labels.contains(config.targetLabel) {
            tellsPartsApart = true
        }
    }

    private mutating func compileReplace(_ config: RelabelConfig) {
        let regex = config.regex
        let target = RelabelTemplate(config.targetLabel, groupNames: regex.groupNames)
        let replacement = RelabelTemplate(config.replacement, groupNames: regex.groupNames)
        let subject = constantSubject(config)
        if let subject {
            guard let groups = regex.compiled.groups(in: subject) else { return }
            let name = String(decoding: target.expanded(groups), as: UTF8.self)
            if !name.isEmpty { assign(name, memory.freeze(replacement.expanded(groups))) }
            return
        }
        let always = regex.compiled.matcher.means == .always
        if always, let name = target.constant, let value = replacement.constant {
            if !name.isEmpty { assign(String(decoding: name, as: UTF8.self), memory.freeze(value)) }
            return
        }
        guard let name = target.constant.map({ String(decoding: $0, as: UTF8.self) }) else {
            forget(beginningWith: target.prefix)
            var step = step(.replace, config)
            step.targetTemplate = freeze(target)
            step.replacement = freeze(replacement)
            if readsParts(config) { tellsPartsApart = true }
            notice(target: target)
            steps.append(step)
            return
        }
        guard !name.isEmpty else { return }
        let isCopy =
            always && replacement.parts.count == 1
            && regex.wholeGroups.contains { replacement.parts[0] == .group([$0]) }
        var step = step(isCopy ? .copy : .replace, config)
        if readsParts(config) { tellsPartsApart = true }
        notice(target: target)
        forget(name)
        step.target = number(of: name)
        step.replacement = freeze(replacement)
        steps.append(step)
    }

    private mutating func compileFunction(_ config: RelabelConfig) {
        if let subject = constantSubject(config) {
            let value =
                switch config.action {
                case .hashmod: Array(HashModulo.text(subject, config.modulus).utf8)
                case .lowercase: LetterCase.lower.mapped(subject)
                default: LetterCase.upper.mapped(subject)
                }
            return assign(config.targetLabel, memory.freeze(value))
        }
        let kind: RelabelStep.Kind =
            config.action == .hashmod ? .hashmod : config.action == .lowercase ? .lowercase : .uppercase
        var step = step(kind, config)
        if readsParts(config) { tellsPartsApart = true }
        notice(target: config.targetLabel)
        forget(config.targetLabel)
        step.target = number(of: config.targetLabel)
        step.modulus = config.modulus
        steps.append(step)
    }

    private mutating func compileLabelMap(_ config: RelabelConfig) {
        let template = RelabelTemplate(config.replacement, groupNames: config.regex.groupNames)
        let concernsReservedOnly = config.regex.concernsReservedOnly
        // Of the labels that the series does not hold while rules run, names and values are known.
        var assigned: [(name: String, value: ByteRun)] = []
        for name in knownOrder {
            guard let label = known[name], label.isVirtual, !label.value.isEmpty else { continue }
            guard config.regex.matches(name) else { continue }
            assigned.append((config.regex.replacingAll(in: name, with: template, memory: memory), label.value))
        }
        if !concernsReservedOnly {
            // A pattern that breaks out of its anchors replaces parts of names: the outcome can be any.
            let target = config.regex.isAnchored ? template : RelabelTemplate("$0", groupNames: [nil])
            forget(beginningWith: target.prefix)
            notice(target: target)
            if PartsOfFamily.labels.contains(where: config.regex.matches) { tellsPartsApart = true }
        }
        var step = nameStep(.labelMap, config)
        step.replacement = freeze(template)
        step.concernsReservedOnly = concernsReservedOnly
        steps.append(step)
        for (name, value) in assigned where !name.isEmpty { assign(name, value) }
    }

    private mutating func compileLabelFilter(_ config: RelabelConfig) {
        let drops = config.action == .labeldrop
        for name in knownOrder where config.regex.matches(name) == drops {
            known[name]?.value = .empty
        }
        if !drops, config.regex.compiled.matcher.means == .always { return }
        var step = nameStep(drops ? .labelDrop : .labelKeep, config)
        step.concernsReservedOnly = drops && config.regex.concernsReservedOnly
        if config.regex.matches("__name__") == drops { nameCanChange = true }
        if PartsOfFamily.labels.contains(where: { config.regex.matches($0) == drops }) { tellsPartsApart = true }
        steps.append(step)
    }

    /// A label is set, or removed, to the same on every series.
    private mutating func assign(_ name: String, _ value: ByteRun) {
        let isVirtual = name.hasPrefix("__") && name != "__name__"
        if let label = known[name], label.value == value { return }
        var step = RelabelStep(kind: isVirtual ? .assignOwn : .assign)
        step.target = number(of: name)
        step.constant = value
        step.concernsReservedOnly = isVirtual
        if !isVirtual { notice(target: name) }
        learn(name, value, isVirtual: isVirtual)
        steps.append(step)
    }

    // MARK: - Parts of steps

    private func isKnown(_ name: String) -> Bool { known[name] != nil }

    /// The joined sources, where all are known.
    private func constantSubject(_ config: RelabelConfig) -> ByteRun? {
        var bytes: [UInt8] = []
        for (index, name) in config.sourceLabels.enumerated() {
            guard let label = known[name] else { return nil }
            if index > 0 { bytes += Array(config.separator.utf8) }
            unsafe bytes += label.value.bytes
        }
        return memory.freeze(bytes)
    }

    private mutating func step(_ kind: RelabelStep.Kind, _ config: RelabelConfig) -> RelabelStep {
        var step = RelabelStep(kind: kind)
        var sources: [RelabelStep.Source] = []
        for name in config.sourceLabels {
            if let label = known[name] {
                sources.append(RelabelStep.Source(label: -1, constant: label.value))
            } else {
                sources.append(RelabelStep.Source(label: number(of: name), constant: .empty))
            }
        }
        step.sources = memory.freeze(sources)
        step.separator = memory.freeze(config.separator)
        step.regexp = memory.freeze([config.regex.compiled])
        if kind == .replace, config.regex.compiled.needsEngine {
            step.matchCache = matchCaches
            matchCaches += 1
        }
        return step
    }

    private mutating func nameStep(_ kind: RelabelStep.Kind, _ config: RelabelConfig) -> RelabelStep {
        var step = RelabelStep(kind: kind)
        step.regexp = memory.freeze([config.regex.compiled])
        step.nameMemo = nameMemos
        nameMemos += 1
        return step
    }

    private func freeze(_ template: RelabelTemplate) -> Frozen<RelabelStep.TemplatePart> {
        memory.freeze(
            template.parts.map { part in
                switch part {
                case .literal(let bytes): RelabelStep.TemplatePart(literal: memory.freeze(bytes), groups: .none)
                case .group(let groups): RelabelStep.TemplatePart(literal: .empty, groups: memory.freeze(groups))
                }
            })
    }

    /// Whether a rule reads what parts of one family differ in.
    private func readsParts(_ config: RelabelConfig) -> Bool {
        config.sourceLabels.contains { PartsOfFamily.labels.contains($0) && !isKnown($0) }
    }

    /// Takes note of what a rule writes to.
    private mutating func notice(target: RelabelTemplate) {
        if target.mayExpand(to: "__name__") { nameCanChange = true }
        if PartsOfFamily.labels.contains(where: target.mayExpand) { tellsPartsApart = true }
    }

    private mutating func notice(target: String) {
        if target == "__name__" { nameCanChange = true }
        if PartsOfFamily.labels.contains(target) { tellsPartsApart = true }
    }
}
