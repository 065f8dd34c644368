import Relabeling
import Testing

@Suite struct RelabelDifferentialTests {
    @Test("Compiled rules do what the same rules do when run plainly", arguments: 0..<8)
    func agreement(seed: Int) throws {
        var random = Random(state: UInt64(seed) &* 0x9e37_79b9_7f4a_7c15 | 1)
        for _ in 0..<60 {
            let configs = try (0..<Int.random(in: 1...6, using: &random)).map { _ in try random.config() }
            let stamps = try random.stamps()
            let honorsLabels = Bool.random(using: &random)
            let owner = random.owner()
            let reference = ReferenceRelabeler(
                configs: configs, stamps: stamps, honorsLabels: honorsLabels, owner: owner)
            let relabeler = RelabelRules(configs, stamps: stamps, honorsLabels: honorsLabels).relabeler(owner: owner)
            let bodies = (0..<8).map { _ in random.body() }
            checkMerging(relabeler, bodies)
            checkParts(relabeler, random.body())
            for body in bodies {
                let expected = reference.relabel(body)
                let rules: [String] = configs.map {
                    "\($0.action) \($0.sourceLabels) \($0.regex.pattern) \($0.targetLabel) \($0.replacement)"
                }
                #expect(relabeler.relabel(body) == expected, "\(rules) \(stamps) \(honorsLabels) \(owner) \(body)")
                check(relabeler, body, expected)
            }
        }
    }

    /// What the traits promise.
    private func check(_ relabeler: ScrapeRelabeler, _ body: [String: String], _ expected: [String: String]?) {
        let traits = relabeler.traits
        #expect(traits.canDrop || expected != nil)
        #expect(traits.canRename || expected == nil || expected?["__name__"] == body["__name__"])
        #expect(!traits.isIdentity || expected == body.filter { !$0.value.isEmpty })
        guard traits.isStampsOnly, let expected else { return }
        let hasReserved = body.keys.contains { $0.hasPrefix("__") && $0 != "__name__" }
        if hasReserved, traits.reservedLabelsNeedRules { return }
        #expect(stamped(body, with: relabeler.constantLabels) == expected)
    }

    private func checkMerging(_ relabeler: ScrapeRelabeler, _ bodies: [[String: String]]) {
        let different = Set(bodies.map { $0.filter { !$0.value.isEmpty } })
        let carries = { (body: [String: String]) in
            body.keys.contains { name in
                name.hasPrefix("exported_") || name.hasPrefix("__") && name != "__name__"
                    || relabeler.constantLabels.contains { $0.name == name } || ["node", "a"].contains(name)
            }
        }
        for left in different {
            guard let result = relabeler.relabel(left) else { continue }
            for right in different where right != left && relabeler.relabel(right) == result {
                #expect(relabeler.traits.merging != .never, "\(left) \(right)")
                #expect(relabeler.traits.merging == .anywhere || carries(left) && carries(right), "\(left) \(right)")
            }
        }
    }

    /// A histogram named as the body: either all its series go, or all stay and change alike.
    private func checkParts(_ relabeler: ScrapeRelabeler, _ body: [String: String]) {
        guard !relabeler.traits.tellsPartsApart, let family = body["__name__"] else { return }
        let parts: [[String: String]?] = ["_bucket", "_sum", "_count"].map { ending in
            var part = body
            part["__name__"] = family + ending
            part["le"] = ending == "_bucket" ? "a" : nil
            guard var result = relabeler.relabel(part) else { return nil }
            #expect(result.removeValue(forKey: "__name__") == family + ending)
            #expect(result.removeValue(forKey: "le") == part["le"])
            return result
        }
        #expect(Set(parts).count == 1)
    }

    /// The short way: constant labels alone.
    private func stamped(_ body: [String: String], with constants: [ConstantLabel]) -> [String: String] {
        var result = body.filter { !$0.value.isEmpty }
        var renamed: [(String, String)] = []
        for constant in constants {
            if let existing = result[constant.name] {
                switch constant.whenPresent {
                case .keep: continue
                case .overwrite: break
                case .rename: renamed.append((constant.name, existing))
                }
            }
            result[constant.name] = constant.value.isEmpty ? nil : constant.value
        }
        for (name, value) in renamed {
            var name = "exported_" + name
            while result[name] != nil { name = "exported_" + name }
            result[name] = value
        }
        return result
    }
}

/// Rules and labels drawn from few names and values, so that they meet.
private struct Random: RandomNumberGenerator {
    var state: UInt64

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
}
