import Relabeling
import Testing

@Suite struct OwnerLabelsTests {
    private let owner = [
        "__meta_kubernetes_node_name": "node-a", "__meta_kubernetes_node_label_zone": "z1",
        "__meta_kubernetes_node_label_empty": "", "__address__": "10.0.0.5:10250",
        "__metrics_path__": "/metrics/cadvisor",
    ]

    private func relabel(
        _ body: [String: String], _ configs: [RelabelConfig], stamps: [Stamp] = [], honorsLabels: Bool = false
    ) -> [String: String]? {
        RelabelRules(configs, stamps: stamps, honorsLabels: honorsLabels).relabeler(owner: owner).relabel(body)
    }

    @Test("Rules read the owner's labels, which are gone at the end")
    func read() throws {
        let configs = [
            try RelabelConfig(sourceLabels: ["__metrics_path__"], targetLabel: "metrics_path"),
            try RelabelConfig(action: "labelmap", regex: "__meta_kubernetes_node_label_(.+)"),
            try RelabelConfig(sourceLabels: ["__address__"], regex: "(.*):.*", targetLabel: "__tmp_ip"),
            try RelabelConfig(sourceLabels: ["__tmp_ip", "a"], separator: "/", targetLabel: "b"),
        ]
        #expect(
            relabel(["__name__": "n", "a": "1"], configs)
                == ["__name__": "n", "a": "1", "metrics_path": "/metrics/cadvisor", "zone": "z1", "b": "10.0.0.5/1"])
    }

    @Test("A body's own label beginning with __ stays; rules see the owner's of that name")
    func ownLabels() throws {
        let body = ["__name__": "n", "__meta_kubernetes_node_name": "body", "__own": "1"]
        let copy = try RelabelConfig(sourceLabels: ["__meta_kubernetes_node_name"], targetLabel: "node")
        #expect(relabel(body, [copy]) == body.merging(["node": "node-a"]) { $1 })
        let map = try RelabelConfig(action: "labelmap", regex: "__(own|meta_kubernetes_node_name)")
        #expect(relabel(body, [map]) == body.merging(["own": "1", "meta_kubernetes_node_name": "node-a"]) { $1 })
        let drop = try RelabelConfig(action: "labeldrop", regex: "__own")
        #expect(relabel(body, [drop])?["__own"] == nil)
        let write = try RelabelConfig(targetLabel: "__own", replacement: "2")
        #expect(relabel(body, [write])?["__own"] == "2")
        #expect(relabel(body, [drop, write])?["__own"] == "2")
        #expect(relabel(["__name__": "n"], [write]) == ["__name__": "n"])
    }

    @Test("An existing label gives way to a stamp under another name, or is honored; an empty one is none")
    func stamps() throws {
        let stamps = [
            try Stamp(label: "node", source: "__meta_kubernetes_node_name"),
            try Stamp(label: "gone", source: "__meta_kubernetes_node_label_empty"),
            try Stamp(label: "missing", source: "__meta_kubernetes_node_label_none"),
        ]
        let body = ["__name__": "n", "node": "x", "exported_node": "y"]
        #expect(
            relabel(body, [], stamps: stamps)
                == ["__name__": "n", "node": "node-a", "exported_node": "y", "exported_exported_node": "x"])
        #expect(relabel(body, [], stamps: stamps, honorsLabels: true) == body)
        for honorsLabels in [false, true] {
            #expect(
                relabel(["__name__": "n", "node": ""], [], stamps: stamps, honorsLabels: honorsLabels)
                    == ["__name__": "n", "node": "node-a"])
        }
    }

    @Test(
        "Stamps that meet one another's renamed labels are resolved as Prometheus does target labels, short names first"
    )
    func stampsThatMeet() throws {
        let stamps = [
            try Stamp(label: "exported_node", source: "__meta_kubernetes_node_label_zone"),
            try Stamp(label: "node", source: "__meta_kubernetes_node_name"),
        ]
        #expect(
            relabel(["__name__": "n", "node": "x", "exported_node": "y"], [], stamps: stamps) == [
                "__name__": "n", "node": "node-a", "exported_node": "z1", "exported_exported_node": "x",
                "exported_exported_exported_node": "y",
            ])
    }

    @Test(
        "Stamps that spec 7.2 rules out are refused",
        arguments: [
            ("", "__address__"), ("le", "__address__"), ("quantile", "__address__"), ("__name__", "__address__"),
            ("__x", "__address__"), ("node", ""), ("node", "__metrics_path__"), ("node", "__meta_kubernetes_pod_name"),
            ("node", "instance"),
        ])
    func refused(label: String, source: String) {
        #expect(throws: RelabelConfigError.self) { try Stamp(label: label, source: source) }
    }
}
