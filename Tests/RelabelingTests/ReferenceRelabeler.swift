import Relabeling

/// Rules run plainly, one after the other, over labels kept as Prometheus' label builder keeps them: what the compiled rules
/// are held against. Written from the specification (7.2, 7.3), not from the compiler.
struct ReferenceRelabeler {
    let configs: [RelabelConfig]
    let stamps: [Stamp]
    let honorsLabels: Bool
    let owner: [String: String]

    /// Nil where the series is dropped, or where no label is left.
    func relabel(_ body: [String: String]) -> [String: String]? {
        let body = body.filter { !$0.value.isEmpty }
        var builder = Builder(base: body)
        stamp(&builder, body)
        for (name, value) in owner.sorted(by: { $0.key < $1.key }) { builder.set(name, value) }
        builder.setByRules = []
        for config in configs where !apply(config, &builder) { return nil }
        var result = builder.labels.filter { name, _ in
            !name.hasPrefix("__") || name == "__name__" || body[name] != nil
        }
        // Rules saw the owner's; the body's own stays.
        for name in owner.keys where !builder.setByRules.contains(name) { result[name] = body[name] }
        return result.isEmpty ? nil : result
    }

    private func stamp(_ builder: inout Builder, _ body: [String: String]) {
        var renamed: [(String, String)] = []
        for stamp in stamps.sorted(by: { $0.label < $1.label }) {
            guard let value = owner[stamp.source], !value.isEmpty else { continue }
            if let existing = body[stamp.label] {
                if honorsLabels { continue }
                renamed.append((stamp.label, existing))
            }
            builder.set(stamp.label, value)
        }
        let shortFirst = renamed.enumerated().sorted {
            ($0.element.0.count, $0.offset) < ($1.element.0.count, $1.offset)
        }
        for (name, value) in shortFirst.map(\.element) {
            var name = "exported_" + name
            while !builder.get(name).isEmpty { name = "exported_" + name }
            builder.set(name, value)
        }
    }

    private func apply(_ config: RelabelConfig, _ builder: inout Builder) -> Bool {
        let subject = config.sourceLabels.map(builder.get).joined(separator: config.separator)
        switch config.action {
        case .drop: return !config.regex.matches(subject)
        case .keep: return config.regex.matches(subject)
        case .dropequal: return builder.get(config.targetLabel) != subject
        case .keepequal: return builder.get(config.targetLabel) == subject
        case .replace:
            guard let groups = config.regex.groups(in: subject) else { return true }
            let target = expand(config.targetLabel, groups)
            if !target.isEmpty { builder.set(target, expand(config.replacement, groups)) }
        case .lowercase: builder.set(config.targetLabel, subject.lowercased())
        case .uppercase: builder.set(config.targetLabel, subject.uppercased())
        case .hashmod:
            // The hash itself is held against recorded values elsewhere.
            let alone = try? RelabelConfig(
                action: "hashmod", sourceLabels: ["s"], modulus: config.modulus, targetLabel: "t")
            let result = RelabelRules([alone].compactMap { $0 }).relabeler(owner: [:])
                .relabel(["s": subject, "__name__": "n"])
            builder.set(config.targetLabel, result?["t"] ?? "")
        case .labelmap:
            for (name, value) in builder.inOrder {
                guard let groups = config.regex.groups(in: name) else { continue }
                let target = expand(config.replacement, groups)
                if !target.isEmpty { builder.set(target, value) }
            }
        case .labeldrop, .labelkeep:
            for (name, _) in builder.inOrder where config.regex.matches(name) == (config.action == .labeldrop) {
                builder.set(name, "")
            }
        }
        return true
    }

    /// `$1` and `${1}` only.
    private func expand(_ template: String, _ groups: [String?]) -> String {
        var result = template
        for index in 0..<10 {
            let group = index < groups.count ? groups[index] ?? "" : ""
            result = result.replacing("${\(index)}", with: group).replacing("$\(index)", with: group)
        }
        return result
    }

    private struct Builder {
        let base: [String: String]
        var removed: Set<String> = []
        var added: [(String, String)] = []
        var setByRules: Set<String> = []

        init(base: [String: String]) { self.base = base }

        func get(_ name: String) -> String {
            if let label = added.first(where: { $0.0 == name }) { return label.1 }
            return removed.contains(name) ? "" : base[name] ?? ""
        }

        mutating func set(_ name: String, _ value: String) {
            setByRules.insert(name)
            if value.isEmpty {
                added.removeAll { $0.0 == name }
                removed.insert(name)
            } else if let index = added.firstIndex(where: { $0.0 == name }) {
                added[index].1 = value
            } else {
                added.append((name, value))
            }
        }

        var inOrder: [(String, String)] {
            let kept = base.filter { name, _ in !removed.contains(name) && !added.contains { $0.0 == name } }
            return kept.sorted { $0.key < $1.key } + added
        }

        var labels: [String: String] { Dictionary(inOrder) { first, _ in first } }
    }
}
