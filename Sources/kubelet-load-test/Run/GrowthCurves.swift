/// How cost grows with the number of nodes: one curve for each label, from runs of one scenario.
struct GrowthCurves {
    let scenario: String
    private let targets: [Int]
    private let labels: [String]
    private let outcomes: [ScenarioOutcome]

    /// Of each scenario that was run with several numbers of targets, in the order in which they come.
    static func all(in outcomes: [ScenarioOutcome]) -> [GrowthCurves] {
        var scenarios: [String] = []
        for outcome in outcomes where !scenarios.contains(outcome.scenario) { scenarios.append(outcome.scenario) }
        return scenarios.compactMap { scenario in
            let curves = GrowthCurves(scenario, outcomes.filter { $0.scenario == scenario })
            return curves.targets.count > 1 ? curves : nil
        }
    }

    private init(_ scenario: String, _ outcomes: [ScenarioOutcome]) {
        self.scenario = scenario
        self.outcomes = outcomes
        targets = Set(outcomes.map(\.run.targets)).sorted()
        var labels: [String] = []
        for outcome in outcomes where !labels.contains(outcome.run.label) { labels.append(outcome.run.label) }
        self.labels = labels
    }

    var charts: [LineChart] {
        [
            chart("CPU of the proxy", unit: "cores") { $0.proxy?.cpuCores },
            chart("Memory of the proxy at most", unit: "MB resident") { $0.proxy.map { Double($0.rssBytes) / 1e6 } },
            latency("p50", \.p50), latency("p99", \.p99), latency("p99.9", \.p999),
        ].filter { chart in chart.lines.contains { $0.values.contains { $0 != nil } } }
    }

    private func latency(_ name: String, _ percentile: KeyPath<ScenarioOutcome.Latency, Double>) -> LineChart {
        let milliseconds = { (latency: ScenarioOutcome.Latency?) in latency.map { $0[keyPath: percentile] * 1000 } }
        var chart = chart("Latency, \(name)", unit: "ms") { milliseconds($0.scrapes > 0 ? $0.latencySeconds : nil) }
        let direct = values { milliseconds($0.direct?.latencySeconds) }
        for (place, label) in labels.enumerated() where direct[place].contains(where: { $0 != nil }) {
            chart = chart.adding(
                .init(
                    name: labels.count > 1 ? "\(label), without the proxy" : "without the proxy",
                    colour: place % ChartStyle.colours, values: direct[place], isDashed: true))
        }
        return chart
    }

    private func chart(
        _ title: String, unit: String, _ value: (ScenarioOutcome) -> Double?
    ) -> LineChart {
        let values = values(value)
        return LineChart(
            title: title, unit: unit, xs: targets.map(Double.init), xUnit: "nodes",
            lines: labels.enumerated().map {
                .init(name: $1, colour: $0 % ChartStyle.colours, values: values[$0])
            }, ticks: targets.map(Double.init), hasDots: true)
    }

    /// By label and number of targets; of several such runs the last counts.
    private func values(_ value: (ScenarioOutcome) -> Double?) -> [[Double?]] {
        labels.map { label in
            targets.map { count in
                outcomes.last { $0.run.label == label && $0.run.targets == count }.flatMap(value)
            }
        }
    }
}

extension [GrowthCurves] {
    /// All in one image; where there are several scenarios, each chart names its own.
    var image: String {
        flatMap { curves in
            curves.charts.map { chart in
                var named = chart
                if count > 1 { named.title = "\(curves.scenario): \(chart.title)" }
                return named
            }
        }.image
    }
}

extension LineChart {
    fileprivate func adding(_ line: Line) -> LineChart {
        LineChart(
            title: title, unit: unit, xs: xs, xUnit: xUnit, lines: lines + [line], ticks: ticks, hasDots: hasDots)
    }
}
