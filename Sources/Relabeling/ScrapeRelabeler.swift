/// The rules for one scrape: what depends on the owner alone is decided, the rest is laid out to run over series. Immutable;
/// any number of ``Labels`` may use it at once.
@safe package final class ScrapeRelabeler: Sendable {
    package let traits: RelabelTraits
    /// What to write on every series that ``dropsSeries(named:)`` lets pass, where ``RelabelTraits/isStampsOnly``. Each name
    /// occurs once.
    package let constantLabels: [ConstantLabel]

    let program: RelabelProgram
    /// Both hold what the program points into.
    private let rules: RelabelRules
    private let memory: FrozenMemory

    init(rules: RelabelRules, owner: [String: String]) {
        var compiler = RelabelCompiler(rules: rules, owner: owner)
        compiler.compile()
        self.rules = rules
        memory = compiler.memory
        program = compiler.program()
        traits = compiler.traits()
        constantLabels = traits.isStampsOnly ? compiler.constantLabels() ?? [] : []
    }

    /// Whether the rules drop every series of that name, whatever its other labels: to be asked once per family, or
    /// metric name.
    package func dropsSeries(named name: ByteRun) -> Bool {
        if program.dropsEverything { return true }
        for index in 0..<program.nameSteps.count {
            let step = program.nameSteps[index]
            if matches(step, name) == (step.kind == .drop) { return true }
        }
        return false
    }

    /// Such a step has the name among its sources, maybe more than once, and constants.
    private func matches(_ step: RelabelStep, _ name: ByteRun) -> Bool {
        if step.sources.count == 1 { return step.regexp[0].matcher.matches(name) }
        var subject: [UInt8] = []
        for index in 0..<step.sources.count {
            if index > 0 { unsafe subject += step.separator.bytes }
            let source = step.sources[index]
            unsafe subject += (source.label == 0 ? name : source.constant).bytes
        }
        return unsafe subject.withUnsafeBufferPointer { unsafe step.regexp[0].matcher.matches(ByteRun($0)) }
    }

    /// One label set through stamps and rules; nil where the series is dropped or has no label left. For trying rules out,
    /// not for bodies.
    package func relabel(_ labels: [String: String]) -> [String: String]? {
        var series = Labels(self)
        let memory = FrozenMemory()
        series.begin()
        for (name, value) in labels {
            series.append(name: memory.freeze(name), value: memory.freeze(value), origin: 0)
        }
        let outcome = series.relabel()
        guard outcome != .dropped, outcome != .leftWithoutLabels else { return nil }
        var result: [String: String] = [:]
        for index in 0..<series.count where series[index].isPresent {
            result[series[index].name.string] = series[index].value.string
        }
        return result
    }
}
