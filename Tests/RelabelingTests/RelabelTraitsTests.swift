import Relabeling
import Testing

@Suite struct RelabelTraitsTests {
    private let owner = ["__meta_kubernetes_node_name": "node-a", "__metrics_path__": "/metrics"]

    private func relabeler(_ configs: [RelabelConfig], stamping: Bool = false, honorsLabels: Bool = false) throws
        -> ScrapeRelabeler
    {
        let stamps = stamping ? [try Stamp(label: "node", source: "__meta_kubernetes_node_name")] : []
        return RelabelRules(configs, stamps: stamps, honorsLabels: honorsLabels).relabeler(owner: owner)
    }

    @Test("Without rules, or with rules that come to nothing, bytes may pass")
    func identity() throws {
        #expect(try relabeler([]).traits.isIdentity)
        let configs = [
            try RelabelConfig(action: "keep", sourceLabels: ["__metrics_path__"], regex: "/metrics"),
            try RelabelConfig(action: "drop", sourceLabels: ["__meta_kubernetes_node_name"], regex: "node-b"),
            try RelabelConfig(action: "labelkeep", regex: ".*"),
        ]
        #expect(try relabeler(configs).traits.isIdentity)
        #expect(try !relabeler(configs, stamping: true).traits.isIdentity)
    }

    @Test("A rule on the owner alone can drop the whole scrape")
    func dropsEverything() throws {
        let drop = try RelabelConfig(action: "drop", sourceLabels: ["__metrics_path__"], regex: "/metrics")
        #expect(try relabeler([drop]).traits.dropsEverything)
    }

    @Test("Constant rules and stamps come to labels to write")
    func constantLabels() throws {
        let configs = [
            try RelabelConfig(sourceLabels: ["__metrics_path__"], targetLabel: "metrics_path"),
            try RelabelConfig(sourceLabels: ["a"], targetLabel: "b", replacement: "c"),
            try RelabelConfig(targetLabel: "gone", replacement: ""),
            try RelabelConfig(action: "uppercase", sourceLabels: ["node"], targetLabel: "node"),
            try RelabelConfig(action: "drop", sourceLabels: ["__name__"], regex: "go_.*"),
        ]
        let stamped = try relabeler(configs, stamping: true)
        #expect(stamped.traits.isStampsOnly)
        #expect(stamped.traits.dropsByName)
        #expect(
            stamped.constantLabels == [
                ConstantLabel(name: "node", value: "NODE-A", whenPresent: .rename),
                ConstantLabel(name: "metrics_path", value: "/metrics", whenPresent: .overwrite),
                ConstantLabel(name: "b", value: "c", whenPresent: .overwrite),
                ConstantLabel(name: "gone", value: "", whenPresent: .overwrite),
            ])
    }

    @Test("A rule that reads an honored label depends on the series; so does one that writes what stamps may rename")
    func notConstant() throws {
        let copy = try RelabelConfig(sourceLabels: ["node"], targetLabel: "b")
        #expect(try relabeler([copy], stamping: true).traits.isStampsOnly)
        #expect(try !relabeler([copy], stamping: true, honorsLabels: true).traits.isStampsOnly)
        let exported = try RelabelConfig(targetLabel: "exported_node", replacement: "x")
        #expect(try !relabeler([exported], stamping: true).traits.isStampsOnly)
    }

    @Test("Drop and keep by name are decided by name, until a rule may have changed the name")
    func byName() throws {
        let drop = try RelabelConfig(action: "drop", sourceLabels: ["__name__"], regex: "a.*")
        let keep = try RelabelConfig(
            action: "keep", sourceLabels: ["__metrics_path__", "__name__"], regex: "/metrics;(b|c)")
        let rename = try RelabelConfig(sourceLabels: ["x"], targetLabel: "__name__")
        let first = try relabeler([drop, keep, rename])
        for (name, dropped) in [("a", true), ("ab", true), ("b", false), ("d", true)] {
            #expect((first.relabel(["__name__": name, "x": "y"]) == nil) == dropped)
            #expect(first.drops(name) == dropped)
        }
        #expect(first.traits.canRename)
        let last = try relabeler([rename, drop])
        #expect(!last.traits.dropsByName)
        #expect(last.relabel(["__name__": "b", "x": "a"]) == nil)
    }

    @Test(
        "Which rules could tell the parts of a histogram apart (spec 7.6)",
        arguments: [
            ("drop", ["__name__"], "foo|bar", false), ("keep", ["__name__"], "foo|bar", false),
            ("drop", ["__name__"], "foo_sum", true), ("drop", ["__name__"], "foo_bucket|bar", true),
            ("drop", ["__name__"], "container_spec.*", false), ("drop", ["__name__"], "foo_.*", true),
            ("drop", ["__name__"], "foo_b.*", true), ("drop", ["__name__"], "foo_buck.*", true),
            ("drop", ["__name__"], ".*_sum", true), ("drop", ["__name__"], "foo|bar_[ab]", false),
            ("drop", ["__name__"], "foo|bar_[a-z]+", true), ("drop", ["__name__", "a"], "foo;", true),
            ("drop", ["le"], "1.0", true), ("drop", ["quantile"], ".+", true), ("drop", ["a"], "b", false),
            ("labeldrop", nil, "id|name", false), ("labeldrop", nil, "l.*", true), ("labelkeep", nil, "id|le", true),
            ("labelkeep", nil, "id|le|quantile|__name__", false), ("labelmap", nil, "a(.*)", true),
            ("labelmap", nil, "__meta_kubernetes_node_(.*)", false), ("lowercase", ["a"], nil, false),
        ] as [(String, [String]?, String?, Bool)])
    func parts(action: String, sources: [String]?, regex: String?, tells: Bool) throws {
        let config = try RelabelConfig(
            action: action, sourceLabels: sources, regex: regex, targetLabel: action == "lowercase" ? "b" : nil)
        #expect(try relabeler([config], stamping: true).traits.tellsPartsApart == tells)
    }

    @Test("Which rules could make two series equal (spec 7.8)")
    func merging() throws {
        let drop = try RelabelConfig(action: "drop", sourceLabels: ["a"], regex: "b")
        let labeldrop = try RelabelConfig(action: "labeldrop", regex: "id")
        #expect(try relabeler([drop]).traits.merging == .never)
        #expect(try relabeler([drop], stamping: true).traits.merging == .betweenCarriers)
        #expect(try relabeler([], stamping: true, honorsLabels: true).traits.merging == .anywhere)
        #expect(try relabeler([labeldrop]).traits.merging == .anywhere)
    }
}

extension ScrapeRelabeler {
    fileprivate func drops(_ name: String) -> Bool {
        var name = name
        return name.withUTF8 { unsafe dropsSeries(named: ByteRun($0)) }
    }
}
