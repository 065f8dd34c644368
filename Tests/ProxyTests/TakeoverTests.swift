import FakeCluster
import Foundation
import Testing

/// A real Prometheus whose service discovery lists node-b's kubelet under the stale name, then under both, then under the new
/// one: what it has stored in the end (spec 5.1).
@Suite("One stream of samples while service discovery catches up", .enabled(if: RunningPrometheus.isInstalled))
struct TakeoverTests {
    private static let settings = """
        on_stale: rewrite
        takeover_window: 3s
        stamp: {node: __meta_kubernetes_node_name}

        """

    private static let paths = ["/metrics", "/metrics/cadvisor"]

    /// One job per path, each target with its claim, and with the name that service discovery believes in.
    private static func configuration(_ proxy: RunningProxy) -> String {
        let jobs = paths.map { path in
            """
            - job_name: \(path)
              metrics_path: \(path)
              honor_labels: true
              proxy_url: \(proxy.url)
              file_sd_configs: [{files: [targets.json], refresh_interval: 1s}]
              relabel_configs: [{source_labels: [node], target_label: __param_node}]

            """
        }
        return "global: {scrape_interval: 1s, scrape_timeout: 1s}\nscrape_configs:\n" + jobs.joined()
    }

    private static func targets(_ kubelet: FakeKubelet, _ names: [String]) -> String {
        let groups = names.map { "{\"targets\": [\"\(kubelet.address)\"], \"labels\": {\"node\": \"\($0)\"}}" }
        return "[\(groups.joined(separator: ","))]"
    }

    @Test("From the stale name alone over both to the new one: no gap, no double, and every sample is node-b's")
    func handover() async throws {
        try await run([["node-a"], ["node-a", "node-b"], ["node-b"]])
    }

    @Test("Where discovery loses the new name again, the stale one takes over after the window")
    func takenOverAgain() async throws {
        // The silence of the window, beyond which the next scrape may be an interval away.
        try await run([["node-a", "node-b"], ["node-a"]], longestGap: 3 + 1)
    }

    /// - Parameters:
    ///   - phases: the names that discovery lists, one list after the other.
    ///   - longestGap: seconds without a sample, beyond the one that passes between two anyway.
    private func run(_ phases: [[String]], longestGap: Double = 1) async throws {
        try await withProxy(Self.settings) { (proxy, _, kubelet) async throws in
            let prometheus = try await RunningPrometheus.start(
                Self.configuration(proxy), files: ["targets.json": Self.targets(kubelet, phases[0])])
            let failure: (any Error)?
            do {
                try await play(phases, in: prometheus, kubelet)
                for path in Self.paths { try await check(path, in: prometheus, longestGap: longestGap) }
                failure = nil
            } catch { failure = error }
            await prometheus.stop()
            if let failure { throw failure }
            // Both verdicts had their time, and nothing else happened to a scrape.
            let metrics = try await proxy.admin("/metrics").text
            for (verdict, reason) in [
                ("rewrite", "stale_identity"), ("forward", "owner"), ("drop", "owner_already_scraped"),
            ] { #expect(metrics.contains("verdict=\"\(verdict)\",reason=\"\(reason)\"")) }
            #expect(metrics.matches(of: /verdict="drop"/).count == 1)
        }
    }

    /// Each phase lasts until its last name was scraped some times.
    private func play(_ phases: [[String]], in prometheus: RunningPrometheus, _ kubelet: FakeKubelet) async throws {
        for names in phases {
            try prometheus.write(Self.targets(kubelet, names), to: "targets.json")
            let expected = Set(names)
            for _ in 0..<120 {
                let known = try await prometheus.query("count_over_time(up[5s]) > 3").compactMap { $0.labels["node"] }
                if Set(known) == expected { break }
                try await Task.sleep(for: .milliseconds(250))
            }
            try await Task.sleep(for: .seconds(5))
        }
    }

    private func check(_ path: String, in prometheus: RunningPrometheus, longestGap: Double) async throws {
        let metric = path == "/metrics" ? "process_start_time_seconds" : "machine_cpu_cores"
        let stored = try await prometheus.samples("\(metric){job=\"\(path)\"}[5m]")
        #expect(stored.map { $0.labels["node"] } == ["node-b"], "\(path): one series, of the node that answered")
        let moments = stored.first?.moments ?? []
        let (first, last) = (try #require(moments.first), try #require(moments.last))
        #expect(last - first > 15)
        let gaps = zip(moments, moments.dropFirst()).map { $1 - $0 }
        // Two samples lie an interval apart; what comes on top is the gap.
        #expect((gaps.max() ?? 0) <= 1 + longestGap + 0.3, "\(path): \(gaps)")
        // One sample an interval; where one name follows the other, one more.
        #expect(Double(moments.count) <= last - first + 3, "\(path): \(gaps)")

        let selector = "{job=\"\(path)\",__name__!~\"up|scrape_.*\"}"
        let names = try await prometheus.query("group by (node) (\(selector))", from: first, to: last, step: 0.25)
        #expect(names.map { $0.labels["node"] } == ["node-b"])
        // `without` would take the metric's name away.
        let named = "label_replace(\(selector), \"metric\", \"$1\", \"__name__\", \"(.+)\")"
        let doubles = try await prometheus.query(
            "count without (node) (\(named)) > 1", from: first, to: last, step: 0.25)
        #expect(doubles.isEmpty)
        // A name that is dropped for the first time marks its series as stale, until the other name's next sample.
        let seen = names.first?.moments ?? []
        let holes = zip(seen, seen.dropFirst()).map { $1 - $0 - 0.25 }
        #expect((holes.max() ?? 0) <= longestGap + 0.5, "\(path): \(holes.filter { $0 > 0 })")
    }
}
