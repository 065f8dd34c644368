import Relabeling
import Testing

@Suite struct RelabelDifferentialTests {
    @Test("Compiled rules do what the same rules do when run plainly", arguments: 0..<8)
    func agreement(seed: Int) throws {
        var random = Random(seed: seed)
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
            body.keys.contains { $0.hasPrefix("exported_") || $0 == "node" || $0 == "a" }
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
