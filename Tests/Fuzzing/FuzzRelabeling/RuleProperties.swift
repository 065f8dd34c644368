import Fuzzing
import Relabeling

/// Rules that load do to labels what the same rules do when run plainly.
enum RuleProperties {
    private static let owner = ["__meta_kubernetes_node_name": "node-a", "__address__": "10.0.0.5:10250"]
    private static let stamps = made {
        [
            try Stamp(label: "node", source: "__meta_kubernetes_node_name"),
            try Stamp(label: "a", source: "__address__"),
        ]
    }

    static func check(_ example: RelabelCase) {
        for (owner, stamps, honorsLabels) in [([:], [], false), (owner, stamps, false), (owner, stamps, true)] {
            let relabeler = RelabelRules(example.configs, stamps: stamps, honorsLabels: honorsLabels)
                .relabeler(owner: owner)
            let result = relabeler.relabel(example.labels)
            checkTraits(relabeler.traits, example.labels, result)
            // Labels of the owner's that the body has too are ordered by rules of their own.
            guard isPlain(example), owner.keys.allSatisfy({ example.labels[$0] == nil }) else { continue }
            let reference = ReferenceRelabeler(
                configs: example.configs, stamps: stamps, honorsLabels: honorsLabels, owner: owner)
            let expected = reference.relabel(example.labels)
            require(result == expected, "\(description(example)): \(result as Any) instead of \(expected as Any)")
        }
    }

    private static func checkTraits(_ traits: RelabelTraits, _ labels: [String: String], _ result: [String: String]?) {
        let labels = labels.filter { !$0.value.isEmpty }
        guard !labels.isEmpty else { return }
        require(traits.canDrop || result != nil, "dropped against the traits: \(labels)")
        require(
            traits.canRename || result == nil || result?["__name__"] == labels["__name__"],
            "renamed against the traits: \(labels)")
        require(!traits.isIdentity || result == labels, "changed against the traits: \(labels)")
    }

    /// What the reference knows: templates of `$1` and `${1}`, the case of ASCII letters, one target for a labelmap's label.
    private static func isPlain(_ example: RelabelCase) -> Bool {
        let texts = Array(example.labels.keys) + Array(example.labels.values) + example.configs.map(\.separator)
        guard !texts.contains(where: { $0.contains("$") }) else { return false }
        return example.configs.allSatisfy { config in
            let templates = [config.targetLabel, config.replacement]
            guard templates.allSatisfy({ !$0.contains("$") || isPlain($0) }) else { return false }
            switch config.action {
            case .labelmap: return config.replacement == "$1" && config.regex.pattern.hasSuffix("(.+)")
            case .lowercase, .uppercase: return example.labels.values.allSatisfy { $0.utf8.allSatisfy { $0 < 0x80 } }
            default: return true
            }
        }
    }

    private static func isPlain(_ template: String) -> Bool {
        let parts = template.split(separator: "$", omittingEmptySubsequences: false)
        return parts.dropFirst().allSatisfy { part in
            let digits = part.dropFirst(part.first == "{" ? 1 : 0)
            guard let digit = digits.first, digit.isASCII, digit.isNumber else { return false }
            guard let next = digits.dropFirst().first else { return part.first != "{" }
            return part.first == "{" ? next == "}" : !(next.isLetter || next.isNumber || next == "_")
        }
    }

    private static func description(_ example: RelabelCase) -> String {
        let rules = example.configs.map { config in
            "\(config.action) \(config.sourceLabels) \(config.separator.debugDescription) "
                + "\(config.regex.pattern.debugDescription) \(config.targetLabel) \(config.replacement)"
        }
        return "\(example.labels) \(rules)"
    }
}
