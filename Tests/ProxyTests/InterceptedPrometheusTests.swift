import Addressing
import FakeCluster
import Foundation
import Testing

extension EndToEndTests {
    /// A real Prometheus with `scheme: https` and `proxy_url`.
    @Suite(.enabled(if: RunningPrometheus.isInstalled)) struct InterceptedPrometheus {
        @Test("stores one live identity of each kubelet, by address and by name", arguments: [true, false])
        func oneIdentity(usesHTTP2: Bool) async throws {
            let stamp = "stamp: {node: __meta_kubernetes_node_name}\n"
            try await InterceptedCluster.run(stamp) { run async throws in
                let port = run.kubelet.address.port
                let job = """
                    honor_labels: true
                        scrape_interval: 1s
                        scheme: https
                        proxy_url: \(run.proxy.url)
                        tls_config: {ca_file: scrapes.crt}
                        enable_http2: \(usesHTTP2)
                    """
                let configuration = """
                    scrape_configs:
                      - job_name: by-address
                        \(job)
                        params: {node: [node-b]}
                        static_configs: [{targets: ["\(run.kubelet.address)"], labels: {node: node-b}}]
                      - job_name: by-address-stale
                        \(job)
                        params: {node: [node-a]}
                        static_configs: [{targets: ["\(run.kubelet.address)"], labels: {node: node-a}}]
                      - job_name: by-name
                        \(job)
                        static_configs: [{targets: ["node-b:\(port)", "node-a:\(port)"]}]
                    """
                let authority = try String(contentsOfFile: run.proxy.path("scrapes.crt"), encoding: .utf8)
                let prometheus = try await RunningPrometheus.start(configuration, files: ["scrapes.crt": authority])
                let failure: (any Error)?
                do {
                    try await prometheus.waitForTargets(2)
                    // A scrape later the dead ones have had their chance too.
                    #expect(try await run.proxy.wait { run.kubelet.requests.count >= 6 })
                    let up = try await prometheus.query("up == 1").map { $0.labels["job"] ?? "" }.sorted()
                    #expect(up == ["by-address", "by-name"])
                    let series = try await prometheus.query(#"{job=~"by.*",__name__=~"kubelet_.*"}"#)
                    #expect(series.count > 3)
                    #expect(series.allSatisfy { $0.labels["node"] == "node-b" })
                    #expect(
                        try await run.metric(
                            #"scrapes_total{door="intercepted",verdict="drop",reason="stale_identity"}"#))
                    let errors = try await prometheus.targetErrors()
                    // What the host decides comes with its reason; HTTP/2 has a place for a status alone.
                    #expect(errors.contains { $0.contains("Stale node identity") })
                    #expect(errors.contains { $0.contains("421") })
                    failure = nil
                } catch { failure = error }
                await prometheus.stop()
                if let failure { throw failure }
            }
        }
    }
}
