import Addressing
import FakeCluster
import Foundation
import Testing

/// A real Prometheus scrapes the same bodies twice: directly, with the rules in its own configuration, and through the
/// proxy, with the rules in the proxy's. It must have stored the same.
@Suite("Prometheus stores what its own rules would have made", .enabled(if: RunningPrometheus.isInstalled))
struct PrometheusEqualityTests {
    @Test("of made-up bodies, in text", arguments: RelabelScenario.all)
    func generated(scenario: RelabelScenario) async throws {
        try await compare(scenario, direct: .generated(bytes: 20_000), proxied: .generated(bytes: 20_000))
    }

    @Test(
        "of every endpoint of a real kubelet, in text",
        .enabled(if: RecordedVectors.arePresent, "the recorded answers are absent"), arguments: RelabelScenario.all)
    func recordedText(scenario: RelabelScenario) async throws {
        try await compare(scenario, direct: try recorded(), proxied: try recorded())
    }

    @Test(
        "of every endpoint of a real kubelet, asked for protobuf",
        .enabled(if: RecordedVectors.arePresent, "the recorded answers are absent"), arguments: RelabelScenario.all)
    func recordedProtobuf(scenario: RelabelScenario) async throws {
        // Where the proxy has to ask for text, a kubelet without protobuf tells what Prometheus makes of text.
        try await compare(
            scenario, direct: try recorded(servesProtobuf: scenario.takesProtobuf),
            proxied: try recorded(servesProtobuf: true), asksForProtobuf: true)
    }

    private func recorded(servesProtobuf: Bool = false) throws -> MetricsCorpus {
        try .recorded(in: RecordedVectors.path("kubelet/node-a"), servesProtobuf: servesProtobuf)
    }

    // MARK: Two kubelets of the same bodies, and one Prometheus

    private func compare(
        _ scenario: RelabelScenario, direct: MetricsCorpus, proxied: MetricsCorpus, asksForProtobuf: Bool = false
    ) async throws {
        var node = FakeNode("node-a", address: "127.77.2.1")
        node.labels = ["topology.kubernetes.io/zone": "zone-1", "pool": "big", "empty": ""]
        node.providerID = "fake://zone-1/node-a"
        try await ProxiedKubelet.run(scenario.proxyConfiguration, node: node, corpus: proxied) { run async throws in
            let other = SocketAddress(try #require(IPAddress("127.77.2.2")), port: 0)
            let kubelet = try await run.cluster.kubelet(node, at: other, corpus: direct)
            let prometheus = try await RunningPrometheus.start(
                jobs(scenario, direct: kubelet, through: run), files: ClusterSettings.files(of: run.cluster),
                features: asksForProtobuf ? ["native-histograms"] : [])
            let failure: (any Error)?
            do {
                try await prometheus.waitForTargets(2 * MetricsCorpus.paths.count)
                try await compareStored(in: prometheus, "gzip")
                run.kubelet.behaviour.compression = .never
                try await waitForScrapes(of: run.kubelet)
                try await compareStored(in: prometheus, "uncompressed")
                failure = nil
            } catch { failure = error }
            await prometheus.stop()
            if let failure { throw failure }
            #expect(run.kubelet.requests.count >= 3 * MetricsCorpus.paths.count)
            for request in run.kubelet.requests {
                let isProtobuf = request["accept"]?.contains("protobuf") == true
                #expect(isProtobuf == (asksForProtobuf && scenario.takesProtobuf), "\(request.head)")
                #expect(request["accept-encoding"] == "gzip")
            }
        }
    }

    /// Until each path was asked for twice: the first of the answers is stored then.
    private func waitForScrapes(of kubelet: FakeKubelet) async throws {
        let before = kubelet.requests.count
        for _ in 0..<100 {
            let paths = kubelet.requests.dropFirst(before).map(\.path)
            if MetricsCorpus.paths.allSatisfy({ path in paths.count { $0 == path } > 1 }) { return }
            try await Task.sleep(for: .milliseconds(100))
        }
        Issue.record("Prometheus stopped scraping")
    }

    /// Recorded timestamps are older than what Prometheus appends: the moment of the scrape takes their place.
    private func jobs(
        _ scenario: RelabelScenario, direct: FakeKubelet, through proxied: ProxiedKubelet
    ) -> String {
        let owner = [
            "name": "node-a", "provider_id": "fake://zone-1/node-a", "label_pool": "big", "labelpresent_pool": "true",
            "labelpresent_empty": "true", "label_topology_kubernetes_io_zone": "zone-1",
            "labelpresent_topology_kubernetes_io_zone": "true",
        ]
        let labels = RelabelScenario.targetLabels(
            owner: Dictionary(uniqueKeysWithValues: owner.map { ("__meta_kubernetes_node_\($0.key)", $0.value) }))
        var text = "global: {scrape_interval: 2s, scrape_timeout: 2s}\nscrape_configs:\n"
        for path in MetricsCorpus.paths {
            text += """
                - job_name: direct \(path)
                  metrics_path: \(path)
                  honor_timestamps: false
                  scheme: https
                  tls_config: {ca_file: ca.crt}
                  honor_labels: \(scenario.honorsLabels)
                  static_configs:
                  - targets: ["\(direct.address)"]
                    labels: {\(labels.map { "\($0.key): \"\($0.value)\"" }.joined(separator: ", "))}
                  metric_relabel_configs:
                \(scenario.prometheusRules.replacing(/(?m)^/, with: "  "))
                - job_name: proxied \(path)
                  metrics_path: \(path)
                  honor_timestamps: false
                  proxy_url: \(proxied.proxy.url)
                  honor_labels: true
                  params: {node: [node-a]}
                  static_configs: [{targets: ["\(proxied.kubelet.address)"]}]

                """
        }
        return text
    }

    // MARK: What it stored

    private static let madeByPrometheus: Set = [
        "up", "scrape_duration_seconds", "scrape_samples_scraped", "scrape_samples_post_metric_relabeling",
        "scrape_series_added",
    ]

    private func compareStored(in prometheus: RunningPrometheus, _ coding: String) async throws {
        var count = 0
        for path in MetricsCorpus.paths {
            let direct = try await stored(in: prometheus, job: "direct \(path)")
            let proxied = try await stored(in: prometheus, job: "proxied \(path)")
            #expect(!direct.isEmpty)
            count += direct.count
            #expect(proxied.allSatisfy { $0.labels["node"] != nil && $0.labels["zone"] == "zone-1" })
            let (missing, extra) = (direct.subtracting(proxied), proxied.subtracting(direct))
            #expect(
                missing.isEmpty && extra.isEmpty,
                """
                \(path), \(coding): of \(direct.count) series \(missing.count) are missing through the proxy, and \(extra.count) are extra
                \(Self.first(of: missing, marked: "-"))
                \(Self.first(of: extra, marked: "+"))
                """)
        }
        // The rules are no idle ones: series were dropped, or made equal.
        let scraped = try await prometheus.query("sum(scrape_samples_scraped{job=~\"direct .*\"})").first
        #expect(count < Int(scraped?.value ?? "") ?? 0)
    }

    private func stored(in prometheus: RunningPrometheus, job: String) async throws -> Set<StoredSeries> {
        let found = try await prometheus.query("{job=\"\(job)\"}")
        let series = found.compactMap { series -> StoredSeries? in
            guard !Self.madeByPrometheus.contains(series.labels["__name__"] ?? "") else { return nil }
            var series = series
            series.labels["job"] = nil
            series.labels["instance"] = nil
            return series
        }
        return Set(series)
    }

    private static func first(of series: Set<StoredSeries>, marked sign: String) -> String {
        series.map { "\(sign) \($0)" }.sorted().prefix(4).joined(separator: "\n")
    }
}
