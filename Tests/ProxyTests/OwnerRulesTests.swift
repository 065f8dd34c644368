import Addressing
import FakeCluster
import Foundation
import Testing

@Suite("Rules through the running proxy")
struct OwnerRulesTests {
    @Test("see where a scrape goes and whose it is, and leave none of that behind")
    func owner() async throws {
        let rules = """
            metric_relabel_configs:
            - {source_labels: [__address__, __metrics_path__], separator: "", target_label: from}
            - source_labels: [__meta_kubernetes_node_address_InternalIP, __meta_kubernetes_node_condition_ready]
              target_label: at
            - {source_labels: [name], regex: ping, target_label: __tmp_ping, replacement: "yes"}
            - {source_labels: [__tmp_ping], regex: "yes", action: keep}
            """
        try await ProxiedKubelet.run(rules) { (proxied) async throws in
            let text = try await proxied.proxy.scrape(proxied.target("/metrics/slis")).text
            let address = proxied.kubelet.address
            let samples = text.split(separator: "\n").filter { !$0.hasPrefix("#") }
            try #require(samples.count == 1)
            #expect(samples[0].hasPrefix("kubernetes_healthcheck{") && samples[0].hasSuffix("} 1"))
            let labels = Set(samples[0].dropFirst("kubernetes_healthcheck{".count).dropLast(3).split(separator: ","))
            let added: Set<Substring> = ["from=\"\(address)/metrics/slis\"", "at=\"\(address.ip);true\""]
            #expect(labels == added.union(["name=\"ping\"", "type=\"healthz\""]))
        }
    }

    @Test("count what they drop and what they make equal")
    func counts() async throws {
        let rules = """
            metric_relabel_configs:
            - {source_labels: [name], regex: log, action: drop}
            - {regex: name, action: labeldrop}
            """
        try await ProxiedKubelet.run(rules) { (proxied) async throws in
            // One scrape was made before, by the wait for the node.
            _ = try await proxied.proxy.scrape(proxied.target("/metrics/slis"))
            let text = try #require(proxied.kubelet.body("/metrics/slis")).plain.joined
            let samples = String(decoding: text, as: UTF8.self).split(separator: "\n").count { !$0.hasPrefix("#") }
            let metrics = try await proxied.proxy.admin("/metrics").text
            #expect(metrics.contains("kubelet_relabel_proxy_rewritten_samples_total 2\n"))
            #expect(metrics.contains("dropped_samples_total{cause=\"rule\"} 2\n"))
            #expect(metrics.contains("dropped_samples_total{cause=\"collision\"} \(2 * (samples - 2))\n"))
        }
    }
}
