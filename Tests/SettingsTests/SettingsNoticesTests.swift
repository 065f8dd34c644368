import Testing

@testable import Settings

@Suite("What check-config says of a valid file")
struct SettingsNoticesTests {
    private func keys(_ yaml: String) throws -> [Substring] {
        try ProxySettings(yaml: yaml, file: "c.yaml").notices.map { $0.prefix { $0 != ":" } }
    }

    @Test("is nothing, where nothing depends on what lies outside of it")
    func none() throws {
        #expect(try keys("") == [])
        #expect(try keys("on_stale: drop\nstamp: {zone: __meta_kubernetes_node_label_zone}") == [])
    }

    @Test("is what rewriting stale names presumes of Prometheus and of replicas")
    func rewriting() throws {
        let settings = try ProxySettings(
            yaml: "on_stale: rewrite\nstamp: {node: __meta_kubernetes_node_name, at: __address__}", file: "c.yaml")
        #expect(settings.notices.count == 2)
        #expect(settings.notices[0].contains("honor_labels: true") && settings.notices[0].contains("(at, node)"))
        #expect(settings.notices[1].contains("same replica"))
    }

    @Test("is that a stamp does not name the owner")
    func unnamed() throws {
        #expect(try keys("on_stale: rewrite\nstamp: {zone: __meta_kubernetes_node_label_zone}").last == "stamp")
    }
}
