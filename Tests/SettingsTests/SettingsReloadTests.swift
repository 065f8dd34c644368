import Testing

@testable import Settings

@Suite("A reload")
struct SettingsReloadTests {
    private func settings(_ yaml: String) throws -> ProxySettings {
        try ProxySettings(yaml: yaml, file: "c.yaml")
    }

    @Test(
        "takes over what counts from the next scrape on",
        arguments: [
            "mode: observe", "claims: {parameter: n}", "stamp: {node: __meta_kubernetes_node_name}",
            "limits: {scrapes_in_flight: 1}", "log: {level: debug}", "upstream: {authorization: none}",
            "nodes: {not_ready: sole}",
        ])
    func taken(yaml: String) throws {
        let next = try settings(yaml)
        let now = try settings("").reloaded(to: next)
        #expect(now.mode == next.mode && now.claims == next.claims && now.stamp == next.stamp)
        #expect(now.limits == next.limits && now.log == next.log && now.upstream == next.upstream)
        #expect(now.nodes == next.nodes)
    }

    @Test(
        "is refused whole where a restart is needed",
        arguments: [
            ("listeners: [{address: 127.0.0.1:1}]\nmode: observe", "listeners changed: restart to apply"),
            ("upstream: {via: api_server}", "upstream.via changed: restart to apply"),
            (
                "admin: {address: 127.0.0.1:1}\nnodes: {file: /dev/null}",
                "admin, nodes.file or nodes.kubernetes changed: restart to apply"
            ),
        ])
    func refused(yaml: String, message: String) throws {
        let (old, new) = (try settings(""), try settings(yaml))
        let error = #expect(throws: SettingsReloadError.self) { try old.reloaded(to: new) }
        #expect(error?.description == message)
    }
}
