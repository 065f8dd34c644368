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
            \(growth)
            \(outcomes.map(section).joined(separator: "\n"))
            </body></html>

            """
    }

    private static let style =
        ChartStyle.css + """

            body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:80rem;padding:0 1rem;\
            color:var(--text);background:var(--back)}
            table{border-collapse:collapse;font-variant-numeric:tabular-nums;display:block;overflow-x:auto}
            th,td{padding:.3rem .6rem;text-align:right;border-bottom:1px solid var(--grid);white-space:nowrap}
            th{font-weight:600;vertical-align:bottom;white-space:normal}
            th:first-child,td:first-child,th:nth-child(2),td:nth-child(2),th:nth-child(3),td:nth-child(3){text-align:left}
            .passed{color:var(--good);font-weight:600}.failed{color:var(--bad);font-weight:600}
            .charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(26rem,100%),1fr));gap:1rem}
            .notice{border-left:3px solid var(--c1);padding-left:.7rem}
            figure{margin:0}svg{width:100%;height:auto}
            """

    // MARK: Figures

    private var table: String {
        let headings = [
            "scenario", "result", "run", "targets", "scrapes", "samples", "wrong", "doubled", "lost", "p50 ms",
            "p99 ms", "p99.9 ms", "p99 direct ms", "proxy cores", "proxy MB", "harness lag p99 ms",
        ]
        let rows = outcomes.map { outcome in
            let latency = outcome.latencySeconds
            let cells = [
                Self.escaped(outcome.run.label), "\(outcome.run.targets)", "\(outcome.scrapes)", "\(outcome.samples)",
                "\(outcome.wrongIdentitySamples)", "\(outcome.doubledSamples)", "\(outcome.lostScrapes)",
                Self.number(latency.p50 * 1000), Self.number(latency.p99 * 1000), Self.number(latency.p999 * 1000),
                outcome.direct.map { Self.number($0.latencySeconds.p99 * 1000) } ?? "-",
                outcome.proxy.map { String(format: "%.3f", $0.cpuCores) } ?? "-",
                outcome.proxy.map { Self.number(Double($0.rssBytes) / 1e6) } ?? "-",
                Self.number(outcome.harness.lagSeconds.p99 * 1000),
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
            [run.label, run.route, "interval \(Self.number(run.intervalSeconds)) s"]
            + [
                "cAdvisor each \(Self.number(run.cadvisorIntervalSeconds)) s",
                "bodies of \(run.bodyBytes) bytes, of cAdvisor \(run.cadvisorBytes)",
            ]
            + ["\(Self.number(run.durationSeconds)) s", "of which \(Self.number(run.warmUpSeconds)) s are not timed"]
            + ["seed \(run.seed)"] + refused
            + (outcome.failed > 0 ? ["\(outcome.failed) scrapes failed"] : [])
        let violations = outcome.violations.map { "<li>\(Self.escaped($0))</li>" }.joined(separator: "\n")
        let notices = outcome.notices.map { "<p class=\"notice\">\(Self.escaped($0))</p>" }.joined(separator: "\n")
        return """
            <h2>\(Self.escaped(outcome.scenario)), \(run.targets) targets</h2>
            <p>\(Self.escaped(facts.joined(separator: ", ")))</p>
            \(notices)
            \(violations.isEmpty ? "" : "<ul>\(violations)</ul>")
            \(outcome.timeline.isEmpty ? "" : [latencyChart(outcome.timeline), throughputChart(outcome.timeline)].html)
            """
    }

    /// Where runs differ in their number of targets.
    private var growth: String {
        GrowthCurves.all(in: outcomes).map { curves in
            "<h2>How cost grows: \(Self.escaped(curves.scenario))</h2>\n\(curves.charts.html)"
        }.joined(separator: "\n")
    }

    // MARK: Charts over time

    private func latencyChart(_ seconds: [ScenarioOutcome.Second]) -> LineChart {
        overTime(
            "Latency of stored scrapes", unit: "ms", seconds,
            [
                .init(name: "p50", colour: 0, values: seconds.map { $0.p50.map { $0 * 1000 } }),
                .init(name: "p99", colour: 1, values: seconds.map { $0.p99.map { $0 * 1000 } }),
            ])
    }

    private func throughputChart(_ seconds: [ScenarioOutcome.Second]) -> LineChart {
        overTime(
            "Scrapes", unit: "in each second", seconds,
            [
                .init(name: "stored", colour: 2, values: seconds.map { Double($0.stored) }),
                .init(name: "refused", colour: 3, values: seconds.map { Double($0.refused) }),
                .init(name: "failed", colour: 4, values: seconds.map { Double($0.failed) }),
            ])
    }

    private func overTime(
        _ title: String, unit: String, _ seconds: [ScenarioOutcome.Second], _ lines: [LineChart.Line]
    ) -> LineChart {
        LineChart(title: title, unit: unit, xs: seconds.map { Double($0.second) }, xUnit: "s", lines: lines)
    }

    static func number(_ value: Double) -> String {
        if value == value.rounded() { return String(format: "%.0f", value) }
        // The shortest of what is near enough.
        return "\((value * (value < 10 ? 100 : 10)).rounded() / (value < 10 ? 100 : 10))"
    }

    static func escaped(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
            .replacing("\"", with: "&quot;")
    }
}
