import Relabeling
import Testing

@Suite struct RelabelRulesTests {
    @Test(
        "A replacement expands as Go's does",
        arguments: [
            ("$1", "b"), ("${1}x", "bx"), ("$1x", ""), ("$0", "abc"), ("$$1", "$1"), ("$name", "b"), ("${name}_", "b_"),
            ("$name_", ""), ("$", "$"), ("a$", "a$"), ("${", "${"), ("${1", "${1"), ("${}", "${}"), ("$-", "$-"),
            ("$7", ""), ("$01", ""), ("$1$1", "bb"), ("é$1", "éb"), ("$é", ""),
        ])
    func expansion(replacement: String, expected: String) throws {
        let config = try RelabelConfig(
            sourceLabels: ["s"], regex: "a(?P<name>b)c", targetLabel: "t", replacement: replacement)
        let result = RelabelRules([config]).relabeler(owner: [:]).relabel(["__name__": "n", "s": "abc"])
        #expect(result?["t"] ?? "" == expected)
    }

    @Test(
        "A body's own label of an owner's name stays unless a rule sets it, and rules see the owner's (spec 7.3)",
        arguments: [("seen", "$1", "mine", "node-a"), ("__meta_kubernetes_node_name", "x", "x", nil)])
    func bodysOwn(target: String, replacement: String, stays: String, seen: String?) throws {
        let name = "__meta_kubernetes_node_name"
        let config = try RelabelConfig(sourceLabels: [name], targetLabel: target, replacement: replacement)
        let (configs, owner, body) = ([config], [name: "node-a"], ["__name__": "n", name: "mine"])
        let result = RelabelRules(configs).relabeler(owner: owner).relabel(body)
        #expect(result?[name] == stays)
        #expect(result?["seen"] == seen)
        let reference = ReferenceRelabeler(configs: configs, stamps: [], honorsLabels: false, owner: owner)
        #expect(reference.relabel(body) == result)
    }

    @Test("Of groups that share a name, the first that took part counts")
    func sharedNames() throws {
        let config = try RelabelConfig(
            sourceLabels: ["s"], regex: "(?P<x>a)|(?P<x>b)", targetLabel: "t", replacement: "$x")
        let result = RelabelRules([config]).relabeler(owner: [:]).relabel(["__name__": "n", "s": "b"])
        #expect(result?["t"] == "b")
    }

    @Test(
        "Letters change case one by one, as in Go",
        arguments: [
            ("uppercase", "straße", "STRAßE"), ("uppercase", "ıſ", "IS"), ("uppercase", "ŉﬁ", "ŉﬁ"),
            ("uppercase", "ᾳᾀ", "ᾼᾈ"), ("uppercase", "ᾈ", "ᾈ"), ("uppercase", "ÿµ", "ŸΜ"), ("uppercase", "ǆ", "Ǆ"),
            ("uppercase", "az{`@AZ", "AZ{`@AZ"), ("lowercase", "ΌΔΟΣ", "όδοσ"), ("lowercase", "İI", "ii"),
            ("lowercase", "ẞK", "ßk"), ("lowercase", "Ǆǅ", "ǆǆ"), ("lowercase", "AZ[@`az", "az[@`az"),
        ])
    func letterCase(action: String, text: String, expected: String) throws {
        let config = try RelabelConfig(action: action, sourceLabels: ["s"], targetLabel: "t")
        let result = RelabelRules([config]).relabeler(owner: [:]).relabel(["__name__": "n", "s": text])
        #expect(result?["t"].map { Array($0.unicodeScalars) } == Array(expected.unicodeScalars))
    }

    @Test(
        "hashmod is the end of MD5, modulo",
        arguments: [("baz", UInt64(1000), "976"), ("foo\nbar", 1000, "734"), ("", 1000, "958"), ("", .max, nil)]
            as [(
                String, UInt64, String?
            )])
    func hashmod(text: String, modulus: UInt64, expected: String?) throws {
        let config = try RelabelConfig(
            action: "hashmod", sourceLabels: ["s"], modulus: modulus, targetLabel: "t")
        let result = RelabelRules([config]).relabeler(owner: [:]).relabel(["__name__": "n", "s": text])?["t"]
        // MD5 of nothing is d41d8cd98f00b204e9800998ecf8427e.
        let number: UInt64 = 0xe980_0998_ecf8_427e
        #expect(result == expected ?? "\(number % modulus)")
    }

    @Test("What labels are mapped to comes from the last of them: those of the body by name, then those added")
    func labelMapOrder() throws {
        let add = try RelabelConfig(sourceLabels: ["z"], targetLabel: "a2")
        let change = try RelabelConfig(sourceLabels: ["z"], regex: "(.*)", targetLabel: "a0", replacement: "$1!")
        let map = try RelabelConfig(action: "labelmap", regex: "a.", replacement: "b")
        let body = ["__name__": "n", "a1": "one", "a0": "zero", "z": "two"]
        #expect(RelabelRules([map]).relabeler(owner: [:]).relabel(body)?["b"] == "one")
        #expect(RelabelRules([add, map]).relabeler(owner: [:]).relabel(body)?["b"] == "two")
        #expect(RelabelRules([change, map]).relabeler(owner: [:]).relabel(body)?["b"] == "two!")
    }

    @Test("A labelmap whose pattern breaks out of its anchors replaces every match within a name")
    func labelMapParts() throws {
        let map = try RelabelConfig(action: "labelmap", regex: "a)|(?:b", replacement: "<$0>")
        let result = RelabelRules([map]).relabeler(owner: [:]).relabel(["__name__": "n", "a_b": "1", "xb": "2"])
        #expect(result == ["__name__": "n", "a_b": "1", "xb": "2", "<a>_<b>": "1", "x<b>": "2"])
    }

    @Test("A series without a label left is dropped, one without a name is not passed for one that has")
    func nothingLeft() throws {
        let all = try RelabelConfig(action: "labeldrop", regex: ".*")
        let name = try RelabelConfig(action: "labeldrop", regex: "__name__")
        #expect(RelabelRules([all]).relabeler(owner: [:]).relabel(["__name__": "n", "a": "b"]) == nil)
        #expect(RelabelRules([name]).relabeler(owner: [:]).relabel(["__name__": "n", "a": "b"]) == ["a": "b"])
    }
}
