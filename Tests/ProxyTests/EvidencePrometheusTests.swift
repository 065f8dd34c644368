import FakeCluster
import Foundation
import Testing

/// What a real Prometheus stores while an address is reused, with a target for each name that it ever had.
@Suite("Nothing is stored under a wrong name", .enabled(if: RunningPrometheus.isInstalled), .serialized)
struct EvidencePrometheusTests {
    private static let paths = ["/metrics", "/metrics/cadvisor", "/metrics/resource"]

    private static func configuration(_ bench: EvidenceBench) -> String {
        let jobs = paths.map { path in
            """
            - job_name: \(path)
              metrics_path: \(path)
              proxy_url: \(bench.proxy.url)
              static_configs:
                - {targets: ["\(bench.kubelet.address)"], labels: {node: node-a}}
                - {targets: ["\(bench.kubelet.address)"], labels: {node: node-b}}
              relabel_configs: [{source_labels: [node], target_label: __param_node}]

            """
        }
        return "global: {scrape_interval: 500ms, scrape_timeout: 500ms}\nscrape_configs:\n" + jobs.joined()
    }

    /// Runs Prometheus through what happens, and counts what it stored under each name.
    private func play(
        _ port: EvidenceBench.Port, real: String, _ nodes: [FakeNode],
        _ happens: (EvidenceBench, RunningPrometheus) async throws -> Void
    ) async throws {
        try await EvidenceBench.run(port, real: real, nodes: nodes) { (bench) async throws in
            let prometheus = try await RunningPrometheus.start(Self.configuration(bench))
            let failure: (any Error)?
            do {
                // Prometheus takes up to five seconds to begin.
                let isScraped = try await bench.proxy.wait {
                    try await Task.sleep(for: .milliseconds(100))
                    return try await prometheus.query("up").count == 2 * Self.paths.count
                }
                #expect(isScraped)
                try await happens(bench, prometheus)
                failure = nil
            } catch { failure = error }
            await prometheus.stop()
            if let failure { throw failure }
        }
    }

    private func stored(_ node: String, _ path: String, in prometheus: RunningPrometheus) async throws -> Int {
        let selector = "{job=\"\(path)\",node=\"\(node)\",__name__!~\"up|scrape_.*\"}"
        return try await prometheus.samples("\(selector)[5m]").reduce(0) { $0 + $1.moments.count }
    }

    @Test(
        "Both nodes are Ready, and the dead one is the younger: every sample is the answering kubelet's",
        arguments: EvidenceBench.Port.allCases)
    func gracePeriod(port: EvidenceBench.Port) async throws {
        try await play(port, real: "node-a", [.test("node-a", age: 3600), .test("node-b")]) {
            (bench, prometheus) async throws in
            try await Task.sleep(for: .seconds(5))
            for path in Self.paths {
                #expect(try await stored("node-b", path, in: prometheus) == 0, "\(path)")
                #expect(try await stored("node-a", path, in: prometheus) > 20, "\(path)")
                // The very first scrape counts too.
                let failed = try await prometheus.query(
                    "count_over_time((up{job=\"\(path)\",node=\"node-a\"} == 0)[5m:100ms])")
                #expect(failed.isEmpty, "\(path): \(failed)")
            }
        }
    }

    @Test(
        "The address is reused before the new node is registered, and then it is",
        arguments: [EvidenceBench.Port.issued, .selfSigned])
    func beforeRegistration(port: EvidenceBench.Port) async throws {
        try await play(port, real: "node-b", [.test("node-a", age: 3600)]) { (bench, prometheus) async throws in
            try await Task.sleep(for: .seconds(3))
            bench.cluster.apiServer.put(FakeNode.test("node-b").at(bench.kubelet.address))
            try await Task.sleep(for: .seconds(3))
            bench.cluster.apiServer.put(
                FakeNode.test("node-a", age: 3600, ready: .unknown).at(bench.kubelet.address))
            try await Task.sleep(for: .seconds(2))
            for path in Self.paths {
                #expect(try await stored("node-a", path, in: prometheus) == 0, "\(path)")
                #expect(try await stored("node-b", path, in: prometheus) > 20, "\(path)")
            }
        }
    }
}
