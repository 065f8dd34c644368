import Foundation

/// A page about runs: the table, what was violated, and how latency and throughput went. It needs no other file.
struct HTMLReport {
    private let outcomes: [ScenarioOutcome]

    init(_ outcomes: [ScenarioOutcome]) { self.outcomes = outcomes }

    var text: String {
        let passed = outcomes.count { $0.passed }
        return """
            <!DOCTYPE html>
            <html lang="en"><head><meta charset="utf-8"><title>kubelet-load-test</title>
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <style>\(Self.style)</style></head><body>
            <h1>kubelet-load-test</h1>
            <p>\(passed) of \(outcomes.count) scenarios passed. Passed means: every sample that would reach storage carries the
            identity of the kubelet that made it, none is doubled, and no scrape of a healthy owner was lost.</p>
            \(table)
            \(outcomes.map(section).joined(separator: "\n"))
            </body></html>

            """
    }

    private static let style = """
        body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:70rem;padding:0 1rem;color:#1a1f24;\
        background:#fff}
        table{border-collapse:collapse;font-variant-numeric:tabular-nums;display:block;overflow-x:auto}
        th,td{padding:.3rem .7rem;text-align:right;border-bottom:1px solid #d9dee3;white-space:nowrap}
        th:first-child,td:first-child,th:nth-child(2),td:nth-child(2){text-align:left}
        .passed{color:#146c2e;font-weight:600}.failed{color:#b3261e;font-weight:600}
        svg{width:100%;height:auto}svg text{font:11px system-ui,sans-serif;fill:#56606a}
        .charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(26rem,1fr));gap:1rem}
        figure{margin:0}figcaption{color:#56606a;font-size:13px}
        .key{display:inline-block;width:.8em;height:.8em;margin:0 .3em 0 .9em}
        """

    // MARK: Figures

    private var table: String {
        let headings = [
            "scenario", "result", "targets", "route", "scrapes", "samples", "wrong", "doubled", "lost", "p50 ms",
            "p99 ms", "p99.9 ms", "proxy CPU s", "proxy MB",
        ]
        let rows = outcomes.map { outcome in
            let latency = outcome.latencySeconds
            let cells = [
                "\(outcome.run.targets)", outcome.run.route, "\(outcome.scrapes)", "\(outcome.samples)",
                "\(outcome.wrongIdentitySamples)", "\(outcome.doubledSamples)", "\(outcome.lostScrapes)",
                Self.number(latency.p50 * 1000), Self.number(latency.p99 * 1000), Self.number(latency.p999 * 1000),
                outcome.proxy.map { Self.number($0.cpuSeconds) } ?? "-",
                outcome.proxy.map { Self.number(Double($0.rssBytes) / 1e6) } ?? "-",
            ]
            return "<tr><td>\(Self.escaped(outcome.scenario))</td>\(Self.result(outcome))"
                + cells.map { "<td>\($0)</td>" }.joined() + "</tr>"
        }
        return "<table><thead><tr>\(headings.map { "<th>\($0)</th>" }.joined())</tr></thead><tbody>"
            + rows.joined(separator: "\n") + "</tbody></table>"
    }

    private static func result(_ outcome: ScenarioOutcome) -> String {
        outcome.passed ? "<td class=\"passed\">passed</td>" : "<td class=\"failed\">failed</td>"
    }

    private func section(_ outcome: ScenarioOutcome) -> String {
        let run = outcome.run
        let refused = outcome.refused.sorted { $0.key < $1.key }.map { "\($1) answered \($0)" }
        let facts =
            ["\(run.targets) targets", "interval \(Self.number(run.intervalSeconds)) s"]
            + ["\(Self.number(run.durationSeconds)) s", "seed \(run.seed)"] + refused
            + (outcome.failed > 0 ? ["\(outcome.failed) scrapes failed"] : [])
        let violations = outcome.violations.map { "<li>\(Self.escaped($0))</li>" }.joined(separator: "\n")
        return """
            <h2>\(Self.escaped(outcome.scenario))</h2>
            <p>\(facts.joined(separator: ", "))</p>
            \(violations.isEmpty ? "" : "<ul>\(violations)</ul>")
            <div class="charts">
            \(latencyChart(outcome.timeline))
            \(throughputChart(outcome.timeline))
            </div>
            """
    }

    // MARK: Charts

    private func latencyChart(_ seconds: [ScenarioOutcome.Second]) -> String {
        LineChart(
            title: "Latency of stored scrapes, ms", seconds: seconds.map(\.second),
            lines: [
                .init(name: "p50", colour: "#1565c0", values: seconds.map { $0.p50.map { $0 * 1000 } }),
                .init(name: "p99", colour: "#c25700", values: seconds.map { $0.p99.map { $0 * 1000 } }),
            ]
        ).svg
    }

    private func throughputChart(_ seconds: [ScenarioOutcome.Second]) -> String {
        LineChart(
            title: "Scrapes in each second", seconds: seconds.map(\.second),
            lines: [
                .init(name: "stored", colour: "#146c2e", values: seconds.map { Double($0.stored) }),
                .init(name: "refused", colour: "#7b1fa2", values: seconds.map { Double($0.refused) }),
                .init(name: "failed", colour: "#b3261e", values: seconds.map { Double($0.failed) }),
            ]
        ).svg
    }

    static func number(_ value: Double) -> String {
        value == value.rounded() ? String(format: "%.0f", value) : String(format: value < 10 ? "%.2f" : "%.1f", value)
    }

    static func escaped(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
            .replacing("\"", with: "&quot;")
    }
}
