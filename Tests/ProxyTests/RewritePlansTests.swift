import Addressing
import Discovery
import Exposition
import Identity
import Settings
import Testing

@testable import Proxy

@Suite("The plans for rewriting")
struct RewritePlansTests {
    private let address = SocketAddress(IPAddress(v4: 0x0a00_0005), port: 10250)

    private func plans(_ yaml: String) throws -> RewritePlans {
        RewritePlans(ProxyConfiguration(try ProxySettings(yaml: yaml, file: "")))
    }

    /// A node as the table knows it after an event: another object each time.
    private func owner(zone: String) throws -> KnownNode {
        let node = Node(
            name: "a", addresses: [NodeAddress(.internalIP, "10.0.0.5")],
            ready: ReadyCondition(.true, lastTransition: 0), labels: PackedPairs([(key: "zone", value: zone)]))
        let policy = IdentityPolicy()
        let table = IdentityTable([node], replacing: IdentityTable(policy: policy), policy: policy, now: 0)
        return try #require(table.node(named: "a"))
    }

    private func rewritten(_ plans: RewritePlans, _ owner: KnownNode, path: String = "/metrics") throws -> String {
        let plan = try #require(plans.plan(for: owner, at: address, path: path))
        let rewriter = plan.rewriter(for: .text)
        var output = OutputBytes()
        try rewriter.write(Array("m 1\n".utf8), to: &output)
        try rewriter.finish(to: &output)
        return String(decoding: output.copyArray(), as: UTF8.self)
    }

    private static let stamp = "stamp: {zone: __meta_kubernetes_node_label_zone}"

    @Test("are as many as the targets, however often a node changes, and the last change counts")
    func changes() throws {
        let plans = try plans(Self.stamp)
        for zone in ["east", "east", "west"] {
            #expect(try rewritten(plans, owner(zone: zone)) == "m{zone=\"\(zone)\"} 1\n")
        }
        #expect(plans.count == 1)
    }

    @Test(
        "are one for all paths, unless a rule may look at the path",
        arguments: [
            (stamp, 1),
            ("metric_relabel_configs: [{source_labels: [__metrics_path__], target_label: path}]", 2),
            ("metric_relabel_configs: [{action: labelmap, regex: __metrics_(path)__}]", 2),
            ("metric_relabel_configs: [{action: dropequal, source_labels: [a], target_label: __metrics_path__}]", 2),
        ])
    func paths(yaml: String, count: Int) throws {
        let plans = try plans(yaml)
        let owner = try owner(zone: "east")
        for path in ["/metrics", "/metrics/cadvisor", "/metrics"] {
            let outcome = try rewritten(plans, owner, path: path)
            if yaml.contains("path}]") { #expect(outcome == "m{path=\"\(path)\"} 1\n") }
        }
        #expect(plans.count == count)
    }

    @Test(
        "know of an owner what the rules read",
        arguments: [
            ("{source_labels: [__meta_kubernetes_node_label_zone], target_label: z}", "m{z=\"east\"} 1\n"),
            ("{action: labelmap, regex: __meta_kubernetes_node_label_(.+)}", "m{zone=\"east\"} 1\n"),
            ("{action: dropequal, source_labels: [a], target_label: __meta_kubernetes_node_label_zone}", "m 1\n"),
            ("{action: keepequal, source_labels: [a], target_label: __meta_kubernetes_node_label_zone}", ""),
            ("{source_labels: [__address__], target_label: at}", "m{at=\"10.0.0.5:10250\"} 1\n"),
        ])
    func reading(rule: String, expected: String) throws {
        let plans = try plans("metric_relabel_configs: [\(rule)]")
        #expect(try rewritten(plans, owner(zone: "east")) == expected)
    }
}
