import Addressing
import Discovery
import Identity
import Testing

@Suite struct OwnerLabelsTests {
    private let node = Node(
        name: "node-a",
        addresses: [
            NodeAddress(.hostname, "node-a"), NodeAddress(.internalIP, "fd00::5"), NodeAddress(.internalIP, "10.0.0.5"),
            NodeAddress(.other("Legacy.Host"), "h"),
        ], kubeletPort: 10350, ready: ReadyCondition(.unknown),
        labels: ["kubernetes.io/arch": "amd64", "team": "blau ☃", "node-role.kubernetes.io/worker": ""],
        annotations: ["a.b/c-d": "x"], providerID: "aws:///eu/i-1")

    private func labels(_ node: Node, at address: SocketAddress? = nil) throws -> OwnerLabels {
        OwnerLabels(of: try #require(IdentityTable([node]).node(named: node.name)), at: address)
    }

    @Test("All labels of Prometheus' role: node, sorted, none empty (spec 7.3)")
    func all() throws {
        let all = try labels(node).all()
        let expected = [
            "__address__": "[fd00::5]:10350",
            "__meta_kubernetes_node_name": "node-a",
            "__meta_kubernetes_node_provider_id": "aws:///eu/i-1",
            "__meta_kubernetes_node_condition_ready": "unknown",
            "__meta_kubernetes_node_label_kubernetes_io_arch": "amd64",
            "__meta_kubernetes_node_labelpresent_kubernetes_io_arch": "true",
            "__meta_kubernetes_node_label_team": "blau ☃",
            "__meta_kubernetes_node_labelpresent_team": "true",
            "__meta_kubernetes_node_labelpresent_node_role_kubernetes_io_worker": "true",
            "__meta_kubernetes_node_annotation_a_b_c_d": "x",
            "__meta_kubernetes_node_annotationpresent_a_b_c_d": "true",
            "__meta_kubernetes_node_address_Hostname": "node-a",
            "__meta_kubernetes_node_address_InternalIP": "fd00::5",
            "__meta_kubernetes_node_address_Legacy_Host": "h",
        ]
        #expect(Dictionary(uniqueKeysWithValues: all) == expected)
        #expect(all.map(\.name) == all.map(\.name).sorted())
    }

    @Test("One label alone is the one among all, and what there is not is nil")
    func single() throws {
        let labels = try labels(node)
        for (name, value) in labels.all() { #expect(labels[name] == value) }
        for name in [
            "__meta_kubernetes_node_label_node_role_kubernetes_io_worker", "__meta_kubernetes_node_label_x",
            "__meta_kubernetes_node_", "__meta_kubernetes_pod_name", "", "node",
        ] {
            #expect(labels[name] == nil)
        }
    }

    @Test(
        "The Ready condition as Prometheus 3.12 gives it",
        arguments: [
            (ReadyCondition.Status.true, "true"), (.false, "false"), (.unknown, "unknown"), (.missing, ""),
        ])
    func readiness(status: ReadyCondition.Status, value: String) throws {
        #expect(try labels(Node("a", ready: status))["__meta_kubernetes_node_condition_ready"] ?? "" == value)
    }

    @Test("The address is the scrape's where it is given, else the first InternalIP's, else the first ExternalIP's")
    func address() throws {
        let scraped = try #require(SocketAddress("10.0.0.5:10255"))
        #expect(try labels(node, at: scraped)["__address__"] == "10.0.0.5:10255")
        #expect(try labels(Node("a", at: "10.0.0.5", external: ["192.0.2.1"]))["__address__"] == "10.0.0.5:10250")
        #expect(try labels(Node("a", external: ["192.0.2.1"]))["__address__"] == "192.0.2.1:10250")
        #expect(try labels(Node("a"))["__address__"] == nil)
    }

    @Test("Of two keys that become one name the last counts, each name once")
    func collision() throws {
        let labels = try labels(Node(name: "a", labels: ["a.b": "1", "a/b": "2"]))
        let name = "__meta_kubernetes_node_label_a_b"
        #expect(labels[name] == "2")
        #expect(labels.all().filter { $0.name == name }.map(\.value) == ["2"])
    }
}
