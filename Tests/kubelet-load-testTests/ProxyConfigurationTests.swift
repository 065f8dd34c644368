import Testing
import Yams

@testable import kubelet_load_test

@Suite("The configuration of a proxy that is started")
struct ProxyConfigurationTests {
    static func made(from text: String) throws -> (root: Node, hasRules: Bool) {
        let configuration = try ProxyConfiguration(from: text, in: "/etc/krp", caFile: "/tmp/ca.crt")
        return (try #require(try Yams.compose(yaml: configuration.text)), configuration.hasRules)
    }

    @Test("nothing and comments mean defaults with the kubelets' CA", arguments: ["", "# nothing\n", "{}\n"])
    func empty(text: String) throws {
        let made = try Self.made(from: text)
        #expect(made.root["upstream"]?["tls"]?["ca_file"]?.string == "/tmp/ca.crt")
        #expect(!made.hasRules)
    }

    @Test("what the user wrote stays, but for listeners and where nodes come from")
    func kept() throws {
        let made = try Self.made(
            from: """
                listeners: [{address: ":9480"}]
                nodes: {file: nodes.json, not_ready: sole, kubernetes: {context: c}}
                stamp: {node: __meta_kubernetes_node_name}
                metric_relabel_configs: [{regex: id, action: labeldrop}]
                upstream: {ports: {kubelet: https, 10255: http}, tls: {cert_file: client.crt}}
                """)
        #expect(made.hasRules)
        #expect(made.root["listeners"] == nil)
        #expect(made.root["nodes"]?.mapping?.count == 1)
        #expect(made.root["nodes"]?["not_ready"]?.string == "sole")
        #expect(made.root["stamp"]?["node"]?.string == "__meta_kubernetes_node_name")
        #expect(made.root["upstream"]?["ports"]?.mapping?.count == 2)
        #expect(made.root["upstream"]?["tls"]?["cert_file"]?.string == "/etc/krp/client.crt")
        #expect(made.root["upstream"]?["tls"]?["ca_file"]?.string == "/tmp/ca.crt")
    }

    @Test("a user who does not verify gets no CA")
    func insecure() throws {
        let made = try Self.made(from: "upstream: {tls: {insecure_skip_verify: true}}")
        #expect(made.root["upstream"]?["tls"]?["ca_file"] == nil)
    }

    @Test("a listener that intercepts comes in place of the user's")
    func intercepted() throws {
        let configuration = try ProxyConfiguration(
            from: "listeners: [{address: \":9480\"}]", in: "", caFile: "/tmp/ca.crt", interceptionCA: "/tmp/i")
        let root = try #require(try Yams.compose(yaml: configuration.text))
        let listeners = try #require(root["listeners"]?.sequence)
        #expect(listeners.count == 1)
        #expect(listeners[0]["address"] == nil)
        #expect(listeners[0]["interception"]?["ca_cert_file"]?.string == "/tmp/i/ca.crt")
        #expect(listeners[0]["interception"]?["ca_key_file"]?.string == "/tmp/i/ca.key")
    }

    @Test("what is no configuration is refused", arguments: ["[1, 2]", "text", "a: [", "a: b: c"])
    func refused(text: String) { #expect(throws: RunError.self) { try Self.made(from: text) } }
}
