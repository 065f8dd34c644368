import FakeCluster
import Foundation
import Testing

/// What a real Prometheus stores while identities change, with a target for each name that an address ever had. All scenarios
/// happen at once, each at addresses of its own; whose a sample is, it tells itself.
@Suite("Nothing is stored under a wrong name", .enabled(if: RunningPrometheus.isInstalled), .serialized)
struct EvidencePrometheusTests {
    private static let formats = [KubeletFormat.text, .openMetrics, .protobuf]

    @Test(
        "Every sample is the answering kubelet's, and no scrape of a node that is well is lost",
        arguments: formats)
    func scenarios(format: KubeletFormat) async throws {
        try await EvidenceStage.run { (stages) async throws in
            let plays = try await prepare(stages, format)
            let prometheus = try await RunningPrometheus.start(
                Self.configuration(plays), features: format == .protobuf ? ["native-histograms"] : [])
            let failure: (any Error)?
            do {
                try await play(plays, in: prometheus)
                // What began before is stored by then, or has failed.
                let end = Date().timeIntervalSince1970
                try await Task.sleep(for: .milliseconds(700))
                let stored = try await StoredScrapes.read(from: prometheus, until: end)
                let judged = plays.map { JudgedPlay(play: $0, stored: stored) }
                check(judged)
                // The figures of the README's section on evidence.
                print("Stored in \(format):\n\(judged.counts)")
                failure = nil
            } catch { failure = error }
            await prometheus.stop()
            if let failure { throw failure }
        }
    }

    @Test("No scenario allows for a wrong sample, but those of kubelets that don't name themselves")
    func strictness() {
        for scenario in IdentityScenario.all {
            for stage in EvidenceStage.Kind.allCases where scenario.stages.contains(stage) {
                let mayFail = scenario.id.hasPrefix("nameless-") && stage != .issued && !stage.isRequire
                for path in scenario.paths where !mayFail {
                    if case .never = scenario.allowed(stage, path).wrong { continue }
                    Issue.record("\(scenario.id), \(stage.rawValue), \(path)")
                }
            }
        }
    }

    /// By turns over kept and over fresh connections: each scenario has both in each format, and on each stage in some format.
    private func prepare(_ stages: [EvidenceStage], _ format: KubeletFormat) async throws -> [IdentityPlay] {
        var plays: [IdentityPlay] = []
        let turn = Self.formats.firstIndex(of: format) ?? 0
        for (number, scenario) in IdentityScenario.all.enumerated() {
            for (place, stage) in stages.enumerated() where scenario.stages.contains(stage.kind) {
                let isKept = (number + place + turn).isMultiple(of: 2)
                let play = try await IdentityPlay.prepare(
                    scenario, number, on: stage, in: format, over: isKept ? .kept : .fresh)
                try await scenario.start(play)
                plays.append(play)
            }
        }
        return plays
    }

    private static func configuration(_ plays: [IdentityPlay]) -> String {
        var jobs: [String: (path: String, proxy: String, targets: [String])] = [:]
        for play in plays {
            for path in play.scenario.paths {
                for target in play.scenario.names.map({ play.target($0, path) }) {
                    let uid = target.uid.isEmpty ? "" : ", uid: \(target.uid)"
                    jobs[target.job, default: (path, play.stage.proxy.url, [])].targets.append(
                        "    - {targets: [\"\(target.instance)\"], labels: {node: \(target.node)\(uid)}}\n")
                }
            }
        }
        let texts = jobs.map { name, job in
            """
            - job_name: \(name)
              metrics_path: \(job.path)
              proxy_url: \(job.proxy)
              relabel_configs:
                - {source_labels: [node], target_label: __param_node}
                - {source_labels: [uid], target_label: __param_node_uid}
              static_configs:
            \(job.targets.joined())
            """
        }
        let times = "scrape_interval: \(StoredScrapes.interval)ms, scrape_timeout: \(StoredScrapes.timeout)ms"
        return "global: {\(times)}\nscrape_configs:\n" + texts.joined()
    }

    private func play(_ plays: [IdentityPlay], in prometheus: RunningPrometheus) async throws {
        let count = plays.reduce(0) { $0 + $1.scenario.names.count * $1.scenario.paths.count }
        // Prometheus takes up to five seconds to begin.
        var known = 0
        for _ in 0..<300 where known < count {
            try await Task.sleep(for: .milliseconds(100))
            known = try await prometheus.query("count(up)").first.flatMap { Int($0.value) } ?? 0
        }
        try #require(known == count)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for play in plays { group.addTask { try await play.scenario.happens(play) } }
            try await group.waitForAll()
        }
        for play in plays { play.well() }
    }

    private func check(_ plays: [JudgedPlay]) {
        for judged in plays {
            for path in judged.play.scenario.paths {
                let violations = judged.violations(path)
                #expect(
                    violations.isEmpty,
                    """
                    \(judged.play.scenario.sentence) (\(judged.play.scenario.id), \(judged.play.stage.kind.rawValue), \(path))
                    \(violations.prefix(5).joined(separator: "\n"))
                    """)
            }
        }
    }
}
