import Foundation
import Testing

@testable import kubelet_load_test

@Suite("Figures of a run")
struct RunReportTests {
    static func run(targets: Int = 3, label: String = "defaults", warmUp: Double = 0) -> ScenarioOutcome.Run {
        .init(
            targets: targets, intervalSeconds: 5, cadvisorIntervalSeconds: 5, bodyBytes: 100_000,
            cadvisorBytes: 100_000, durationSeconds: 20,
            warmUpSeconds: warmUp, seed: 1, route: "proxy", label: label)
    }

    static let harness = ScenarioOutcome.Harness(cpuCores: 0.25, lagSeconds: .init(p50: 0, p99: 0.002, most: 0.02))

    static func outcome(_ violations: Int = 0, run: ScenarioOutcome.Run = run()) -> ScenarioOutcome {
        let findings = StorageModelTests.judge(
            [(2, 1, StorageModelTests.stored(2)), (2, 6, StorageModelTests.stored(2))]
                + (0..<violations).map { (2, 11 + Double($0), .failed("<timeout> & co")) })
        let records = [
            ScrapeRecord(target: 0, start: 1, end: 1.1, outcome: StorageModelTests.stored(2)),
            ScrapeRecord(target: 0, start: 6, end: 6.3, outcome: StorageModelTests.stored(2)),
            ScrapeRecord(target: 0, start: 6.5, end: 6.6, outcome: .refused(status: 421, reason: "Stale")),
        ]
        return ScenarioOutcome(
            .steady, ScrapeLedger(targets: [StorageModelTests.targets[2]], records: records), findings,
            run, proxy: .init(cpuSeconds: 0.5, cpuCores: 0.025, rssBytes: 20_000_000), harness: harness)
    }

    @Test("the JSON has the keys that were promised, and can be read again")
    func json() throws {
        let data = try RunFiles.json([Self.outcome(), Self.outcome(1)])
        let array = try #require(try JSONSerialization.jsonObject(with: data) as? [[String: Any]])
        #expect(array.count == 2)
        let first = array[0]
        #expect(first["scenario"] as? String == "steady")
        #expect(first["passed"] as? Bool == true)
        #expect((first["violations"] as? [String])?.isEmpty == true)
        #expect(first["scrapes"] as? Int == 2)
        #expect(first["samples"] as? Int == 200)
        for key in ["wrong_identity_samples", "doubled_samples", "lost_scrapes"] { #expect(first[key] as? Int == 0) }
        let latency = try #require(first["latency_seconds"] as? [String: Double])
        #expect(Set(latency.keys) == ["p50", "p99", "p999"])
        #expect(
            first["proxy"] as? [String: Double]
                == ["cpu_seconds": 0.5, "cpu_cores": 0.025, "rss_bytes": 20_000_000])
        #expect(array[1]["passed"] as? Bool == false)
        #expect(array[1]["lost_scrapes"] as? Int == 1)
        let file = URL.temporaryDirectory.appending(path: "run-\(UUID()).json").path
        defer { try? FileManager.default.removeItem(atPath: file) }
        try RunFiles.write(data, to: file)
        #expect(try RunFiles.json(RunFiles.outcomes(in: file)) == data)
    }

    @Test("a report shows what failed, and no text of an answer becomes markup")
    func html() throws {
        let text = HTMLReport([Self.outcome(), Self.outcome(1)]).text
        #expect(text.contains("1 of 2 scenarios passed"))
        #expect(text.contains("&lt;timeout&gt; &amp; co"))
        #expect(!text.contains("<timeout>"))
        #expect(text.components(separatedBy: "<svg").count == 5)
        // XML in all but its first line: nothing is left open.
        let body = text.split(separator: "\n").dropFirst().joined(separator: "\n")
            .replacing("<meta charset=\"utf-8\">", with: "")
            .replacing(/<meta name="viewport"[^>]*>/, with: "")
        #expect(XMLReading(body).isWhole)
    }

    @Test("what comes before the warm-up's end is judged and not timed", arguments: [(0, 0.3), (2, 0.3), (6.2, 0)])
    func warmUp(seconds: Double, p99: Double) {
        let outcome = Self.outcome(run: Self.run(warmUp: seconds))
        #expect(abs(outcome.latencySeconds.p99 - p99) < 1e-9)
        #expect(outcome.scrapes == 2)
    }

    @Test(
        "the value axis ends at a round number",
        arguments: [([], 1), ([0.3], 0.4), ([1], 1), ([1.1], 2), ([47, 12], 50), ([51], 80), ([85], 100)]
            as [([Double], Double)])
    func ceiling(values: [Double], top: Double) {
        let line = LineChart.Line(name: "x", colour: 0, values: values)
        let chart = LineChart(
            title: "t", unit: "ms", xs: values.indices.map(Double.init), xUnit: "s", lines: [line])
        #expect(abs(chart.ceiling - top) < 1e-9)
    }

    @Test(
        "the value axis is labelled with as many digits as it needs",
        arguments: [
            (0.02, ["0", "0.005", "0.010", "0.015", "0.020"]), (0.04, ["0", "0.01", "0.02", "0.03", "0.04"]),
            (1, ["0", "0.25", "0.50", "0.75", "1.00"]), (50, ["0", "12.5", "25.0", "37.5", "50.0"]),
            (800, ["0", "200", "400", "600", "800"]),
        ] as [(Double, [String])])
    func labels(top: Double, labels: [String]) {
        let values = (0...4).map { top * Double($0) / 4 }
        #expect(values.map { LineChart.label($0, of: values) } == labels)
    }

    @Test(
        "percentiles by nearest rank",
        arguments: [
            ([], 0.5, nil), ([3], 0.999, 3), ([4, 1, 2, 3], 0.5, 2), ([4, 1, 2, 3], 0.99, 4),
        ] as [([Double], Double, Double?)])
    func percentiles(values: [Double], fraction: Double, value: Double?) {
        #expect(values.percentile(fraction) == value)
    }
}
