import Relabeling

/// Rules, labels and patterns drawn from few names and values, so that they meet.
struct Random: RandomNumberGenerator {
    private var state: UInt64

    init(seed: Int) { state = UInt64(seed) &* 0x9e37_79b9_7f4a_7c15 | 1 }

    mutating func next() -> UInt64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state
    }

    mutating func pick<Element>(_ elements: [Element]) -> Element { elements[Int(next() % UInt64(elements.count))] }

    private static let labels = [
        "a", "b", "ab", "le", "node", "exported_node", "__tmp", "__tmp_b", "__meta_kubernetes_node_name",
        "__meta_kubernetes_node_label_a",
    ]

    mutating func config() throws(RelabelConfigError) -> RelabelConfig {
        let action = pick(RelabelAction.allCases)
        let regex = pick([
            "(.*)", "(.+)", "", "a", "a|b", "a(.*)", "(.*)b", "(a)?(b)?", "__(.*)", "__meta_kubernetes_node_label_(.+)",
            "node.*|le", "__name__", "[a-c]+", "n(o|0)de", "(.+);(.*)", "a;.*", "__tmp.*", "(a|b);(x|y)", "a.*b|b.+",
        ])
        let sources = (0..<Int(next() % 3)).map { _ in pick(Self.labels + ["__name__"]) }
        let target = pick(Self.labels + ["__name__"])
        switch action {
        case .replace:
            return try RelabelConfig(
                sourceLabels: sources, regex: regex,
                targetLabel: pick([target, target, target, "$1", "a$1", "__tmp$1"]),
                replacement: pick(["$1", "x", "", "${1}y$2", "a"]))
        case .keep, .drop: return try RelabelConfig(action: action.rawValue, sourceLabels: sources, regex: regex)
        case .keepequal, .dropequal, .lowercase, .uppercase:
            return try RelabelConfig(action: action.rawValue, sourceLabels: sources, targetLabel: target)
        case .hashmod:
            return try RelabelConfig(action: "hashmod", sourceLabels: sources, modulus: 3, targetLabel: target)
        case .labelmap:
            // Not to one name for all: which of the owner's labels and of those that rules added is last is not laid down.
            return try RelabelConfig(
                action: "labelmap", regex: regex, replacement: pick(["$1", "a$1", "b$1", "__tmp$1"]))
        case .labeldrop, .labelkeep: return try RelabelConfig(action: action.rawValue, regex: regex)
        }
    }

    mutating func stamps() throws(RelabelConfigError) -> [Stamp] {
        var stamps: [Stamp] = []
        for label in ["node", "a", "exported_node"] where next() % 3 == 0 {
            stamps.append(try Stamp(label: label, source: pick(["__meta_kubernetes_node_name", "__address__"])))
        }
        return stamps
    }

    /// None of these is a name that ``body()`` gives: what then holds has tests of its own.
    mutating func owner() -> [String: String] {
        var owner: [String: String] = [:]
        for name in ["__meta_kubernetes_node_name", "__meta_kubernetes_node_label_a", "__address__"]
        where next() % 4 > 0 {
            owner[name] = pick(["a", "b", "x", "node", "le"])
        }
        return owner
    }

    mutating func body() -> [String: String] {
        var body = ["__name__": pick(["a", "ab", "node", "x;y"])]
        for name in ["a", "b", "ab", "le", "node", "exported_node", "exported_exported_node", "__tmp", "__own"]
        where next() % 3 == 0 {
            body[name] = pick(["a", "b", "ab", "x", "", "A", "x;y"])
        }
        return body
    }

    /// A legal pattern, much of it literals and gaps.
    mutating func pattern(depth: Int = 3) -> String {
        switch next() % (depth > 0 ? 14 : 7) {
        case 0, 1: return pick(["a", "b", "c", "é"])
        case 2: return pick([".*", ".+", ".*?", "."])
        case 3:
            return pick(["[ab]", "[^a]", "[.]", "\\w", "a?", "b*", "é+", "a{2}", "(?i:a)", "^", "$", "\\b", "\\Qa\\E"])
        case 4: return ""
        case 5: return pick(["ab", "abc", "éa"])
        case 6: return pick([".*a", "a.*", ".+b", "b.+"])
        case 7, 8, 9: return pattern(depth: depth - 1) + pattern(depth: depth - 1)
        case 10: return "(" + pattern(depth: depth - 1) + ")"
        case 11: return "(?:" + pattern(depth: depth - 1) + "|" + pattern(depth: depth - 1) + ")"
        case 12: return "(" + pattern(depth: depth - 1) + ")" + pick(["?", "*", "+", "{2}", ""])
        default: return pattern(depth: depth - 1) + "|" + pattern(depth: depth - 1)
        }
    }

    mutating func text() -> String { (0..<Int(next() % 7)).map { _ in pick(["a", "b", "c", "é", "A", "."]) }.joined() }
}
