import Foundation

/// The outcomes as a table for people.
enum RunTable {
    static func text(_ outcomes: [ScenarioOutcome]) -> String {
        var table = TextTable(
            [
                "scenario", "result", "targets", "scrapes", "samples", "wrong", "doubled", "lost", "p50 ms", "p99 ms",
                "p99.9 ms", "proxy cores", "proxy MB", "harness lag p99 ms",
            ], leftAligned: [0, 1])
        for outcome in outcomes { table.add(row(outcome)) }
        return [table.lines, comparison(outcomes), sentences(outcomes, \.violations), sentences(outcomes, \.notices)]
            .filter { !$0.isEmpty }.map { $0.joined(separator: "\n") }.joined(separator: "\n\n")
    }

    private static func sentences(
        _ outcomes: [ScenarioOutcome], _ sentences: (ScenarioOutcome) -> [String]
    ) -> [String] {
        outcomes.flatMap { outcome in sentences(outcome).map { "\(outcome.scenario): \($0)" } }
    }

    private static func row(_ outcome: ScenarioOutcome) -> [String] {
        let latency = outcome.latencySeconds
        return [
            outcome.scenario, outcome.passed ? "passed" : "FAILED", "\(outcome.run.targets)", "\(outcome.scrapes)",
            "\(outcome.samples)", "\(outcome.wrongIdentitySamples)", "\(outcome.doubledSamples)",
            "\(outcome.lostScrapes)", milliseconds(latency.p50), milliseconds(latency.p99),
            milliseconds(latency.p999), outcome.proxy.map { String(format: "%.3f", $0.cpuCores) } ?? "-",
            outcome.proxy.map { String(format: "%.1f", Double($0.rssBytes) / 1e6) } ?? "-",
            milliseconds(outcome.harness.lagSeconds.p99),
        ]
    }

    /// How much later answers come through the proxy; empty where nothing was compared.
    private static func comparison(_ outcomes: [ScenarioOutcome]) -> [String] {
        var table = TextTable(
            ["latency, ms", "", "p50", "p99", "p99.9", "lost", "harness cores", "harness lag p99"], leftAligned: [0, 1])
        for outcome in outcomes {
            guard let direct = outcome.direct else { continue }
            let (with, without) = (outcome.latencySeconds, direct.latencySeconds)
            table.add(line(outcome.scenario, "direct", without, direct.lostScrapes, direct.harness))
            table.add(line("", outcome.run.route, with, outcome.lostScrapes, outcome.harness))
            table.add(
                ["", "difference"]
                    + [with.p50 - without.p50, with.p99 - without.p99, with.p999 - without.p999].map {
                        String(format: "%+.1f", $0 * 1000)
                    })
        }
        return table.lines.count > 1 ? table.lines : []
    }

    private static func line(
        _ scenario: String, _ route: String, _ latency: ScenarioOutcome.Latency, _ lost: Int,
        _ harness: ScenarioOutcome.Harness
    ) -> [String] {
        [
            scenario, route, milliseconds(latency.p50), milliseconds(latency.p99), milliseconds(latency.p999),
            "\(lost)", String(format: "%.2f", harness.cpuCores), milliseconds(harness.lagSeconds.p99),
        ]
    }

    private static func milliseconds(_ seconds: Double) -> String { String(format: "%.1f", seconds * 1000) }
}
