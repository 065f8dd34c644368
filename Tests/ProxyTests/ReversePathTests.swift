import Addressing
import FakeCluster
import Foundation
import Testing

extension EndToEndTests {
    /// Scrapes by path, as to the API server's node proxy.
    @Suite("Reverse paths") struct ReversePaths {
        private func get(_ proxy: RunningProxy, _ path: String, _ more: String...) async throws -> Answer {
            try await Answer.fetch(["\(proxy.url)\(path)"] + more)
        }

        @Test(
            "The path names the node, and the kubelet's bytes come back",
            arguments: [
                "/nodes/node-b/metrics/cadvisor", "/nodes/node-b:PORT/metrics/cadvisor",
                "/nodes/https:node-b:/metrics/cadvisor", "/api/v1/nodes/node-b/proxy/metrics/cadvisor",
                "/api/v1/nodes/node-b:PORT/proxy/metrics/cadvisor?node=node-b&node_uid=UID",
                "/api/v1/nodes/https:node-b:PORT/proxy/metrics/x/../cadvisor", "/nodes/node%2Db/metrics%2fcadvisor",
            ])
        func forwards(path: String) async throws {
            try await withProxy { (proxy, _, kubelet) async throws in
                let path = path.replacing("PORT", with: "\(kubelet.address.port)").replacing(
                    "UID", with: kubelet.node.uid)
                let answer = try await get(proxy, path)
                #expect(answer.status == 200, "\(answer.statusLine)")
                #expect([UInt8](answer.body) == kubelet.body("/metrics/cadvisor")?.plain.joined)
                #expect(answer.field("x-kubelet-relabel-proxy-verdict") == "forward; reason=owner")
                #expect(kubelet.requests.map(\.target) == ["/metrics/cadvisor"])
                #expect(kubelet.requests.first?["host"] == "\(kubelet.address)")
                let metrics = try await proxy.admin("/metrics").text
                #expect(metrics.contains(#"scrapes_total{door="reverse",verdict="forward",reason="owner"} 1"#))
            }
        }

        @Test(
            "What must not pass is refused, with the reason",
            arguments: [
                ("/nodes/node-a/metrics", 421, "stale_identity"), ("/nodes/ghost/metrics", 421, "unknown_node"),
                ("/api/v1/nodes/ghost:10250/proxy/metrics", 421, "unknown_node"),
                ("/nodes/node-b:22/metrics", 403, "port_not_allowed"), ("/nodes/node-b/exec", 403, "path_not_allowed"),
                ("/nodes/node-b/metrics/%2e%2e/exec", 403, "path_not_allowed"),
                ("/nodes/node-b", 403, "path_not_allowed"),
                ("/api/v1/nodes/node-b/proxy/logs/", 403, "path_not_allowed"),
                ("/nodes/http:node-b:/metrics", 400, "malformed_request"),
                ("/nodes/http:node-b:PORT/metrics", 400, "malformed_request"),
                ("/nodes/https:node-b:10255/metrics", 400, "malformed_request"),
                ("/nodes/http:node-a:/metrics", 400, "malformed_request"),
                ("/nodes/ftp:node-b:1/metrics", 400, "malformed_request"),
                ("/nodes/node-b/metrics?node=node-a", 400, "contradictory_claims"),
                ("/nodes/node-b/metrics?node_uid=other", 421, "stale_identity"),
                ("/metrics", 404, "not_found"), ("/api/v1/nodes/node-b", 404, "not_found"),
                ("/nodes/node-b/../../pods", 404, "not_found"),
            ])
        func refuses(path: String, status: Int, reason: String) async throws {
            try await withProxy { (proxy, _, kubelet) async throws in
                let path = path.replacing("PORT", with: "\(kubelet.address.port)")
                let answer = try await get(proxy, path)
                #expect(answer.status == status, "\(answer.statusLine)")
                #expect(answer.text.hasPrefix("\(reason): "), "\(answer.text)")
                #expect(try await get(proxy, "/nodes/node-b/metrics", "-d", "x").status == 403)
                #expect(kubelet.requests.isEmpty)
            }
        }

        @Test(
            "Prometheus' classic recipe for the API server's node proxy works with the proxy's address in its place",
            .enabled(if: RunningPrometheus.isInstalled))
        func prometheus() async throws {
            try await withProxy { (proxy, _, kubelet) async throws in
                let address = proxy.url.dropFirst("http://".count)
                let prometheus = try await RunningPrometheus.start(
                    """
                    global: {scrape_interval: 500ms, scrape_timeout: 500ms}
                    scrape_configs:
                      - job_name: kubelets
                        static_configs: [{targets: [node-a, node-b]}]
                        relabel_configs:
                          - {source_labels: [__address__], target_label: node}
                          - {source_labels: [__address__], regex: (.+), target_label: __metrics_path__, replacement: "/api/v1/nodes/$1/proxy/metrics"}
                          - {target_label: __address__, replacement: "\(address)"}
                    """)
                let failure: (any Error)?
                do {
                    try await prometheus.waitForTargets(1)
                    #expect(try await prometheus.query("up == 1").map { $0.labels["node"] } == ["node-b"])
                    let isRefused = try await proxy.wait {
                        try await prometheus.query("up == 0").map { $0.labels["node"] } == ["node-a"]
                    }
                    #expect(isRefused)
                    let stored = try await prometheus.query("count by (node) ({__name__=~\"kubelet_.+\"})")
                    #expect(stored.map { $0.labels["node"] } == ["node-b"])
                    failure = nil
                } catch { failure = error }
                await prometheus.stop()
                if let failure { throw failure }
                #expect(kubelet.requests.allSatisfy { $0.target == "/metrics" })
            }
        }
    }
}
