import FakeCluster
import Foundation
import Testing

@Suite("Prometheus with scheme https through a tunnel", .enabled(if: RunningPrometheus.isInstalled))
struct ConnectPrometheusTests {
    /// As a job that discovers one address under two names; the README shows these rules.
    private func job(_ proxy: RunningProxy, _ kubelet: FakeKubelet) -> String {
        """
        scrape_configs:
        - job_name: kubelet
          scrape_interval: 1s
          scheme: https
          proxy_url: \(proxy.url)
          tls_config: {ca_file: ca.crt}
          static_configs:
          - {targets: ["\(kubelet.address)"], labels: {__meta_kubernetes_node_name: node-a}}
          - {targets: ["\(kubelet.address)"], labels: {__meta_kubernetes_node_name: node-b}}
          relabel_configs:
          - {source_labels: [__meta_kubernetes_node_name, __address__], separator: ";", regex: "([^;]+);.+:([0-9]+)",
             target_label: __address__, replacement: "$1:$2"}
          - {source_labels: [__meta_kubernetes_node_name], target_label: node}
        """
    }

    @Test("stores the live name's series alone, and shows why the stale one has none")
    func oneIdentity() async throws {
        try await withProxy { (proxy, cluster, kubelet) async throws in
            let prometheus = try await RunningPrometheus.start(
                job(proxy, kubelet), files: ["ca.crt": cluster.authority.certificatePEM])
            let failure: (any Error)?
            do {
                try await prometheus.waitForTargets(1)
                #expect(try await proxy.wait { try await prometheus.query("up == 0").count == 1 })
                #expect(try await prometheus.query("up == 1").map { $0.labels["node"] } == ["node-b"])
                #expect(try await prometheus.query("up == 0").map { $0.labels["node"] } == ["node-a"])
                #expect(Set(try await prometheus.query("kubelet_node_name").map { $0.labels["node"] }) == ["node-b"])
                let errors = try await prometheus.targetErrors()
                #expect(errors.count == 1)
                let phrase = "Stale node identity: \(kubelet.address) is node-b since"
                #expect(errors.first?.contains(phrase) == true, "\(errors)")
                // Scrape after scrape in one tunnel.
                #expect(try await proxy.wait { kubelet.requests.count > 2 })
                #expect(await kubelet.acceptedConnections == 2)
                failure = nil
            } catch { failure = error }
            await prometheus.stop()
            if let failure { throw failure }
        }
    }
}
