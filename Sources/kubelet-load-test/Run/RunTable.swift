import Foundation

/// The outcomes as a table for people.
enum RunTable {
    static func text(_ outcomes: [ScenarioOutcome]) -> String {
        var table = TextTable(
            [
                "scenario", "result", "targets", "scrapes", "samples", "wrong", "doubled", "lost", "p50 ms", "p99 ms",
                "p99.9 ms", "proxy CPU s", "proxy MB",
            ], leftAligned: [0, 1])
        for outcome in outcomes { table.add(row(outcome)) }
        let violations = outcomes.flatMap { outcome in outcome.violations.map { "\(outcome.scenario): \($0)" } }
        return (table.lines + (violations.isEmpty ? [] : [""] + violations)).joined(separator: "\n")
    }

    private static func row(_ outcome: ScenarioOutcome) -> [String] {
        let latency = outcome.latencySeconds
        return [
            outcome.scenario, outcome.passed ? "passed" : "FAILED", "\(outcome.run.targets)", "\(outcome.scrapes)",
            "\(outcome.samples)", "\(outcome.wrongIdentitySamples)", "\(outcome.doubledSamples)",
            "\(outcome.lostScrapes)", milliseconds(latency.p50), milliseconds(latency.p99),
            milliseconds(latency.p999), outcome.proxy.map { String(format: "%.2f", $0.cpuSeconds) } ?? "-",
            outcome.proxy.map { String(format: "%.1f", Double($0.rssBytes) / 1e6) } ?? "-",
        ]
    }

    private static func milliseconds(_ seconds: Double) -> String { String(format: "%.1f", seconds * 1000) }
}
