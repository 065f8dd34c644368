import Foundation
import Testing

@testable import kubelet_load_test

@Suite("Curves of growth")
struct GrowthCurvesTests {
    static func outcome(_ targets: Int, _ label: String, cores: Double) -> ScenarioOutcome {
        var outcome = RunReportTests.outcome(run: RunReportTests.run(targets: targets, label: label))
        outcome.proxy?.cpuCores = cores
        return outcome
    }

    @Test("runs of one scenario with several numbers of targets make one curve for each label")
    func curves() throws {
        let all = GrowthCurves.all(in: [
            Self.outcome(5000, "stamp", cores: 0.5), Self.outcome(500, "stamp", cores: 0.06),
            Self.outcome(500, "rules", cores: 0.1), Self.outcome(500, "stamp", cores: 0.05),
        ])
        let chart = try #require(all.first?.charts.first)
        #expect(all.count == 1)
        #expect(chart.xs == [500, 5000])
        #expect(chart.lines.map(\.name) == ["stamp", "rules"])
        // Of two runs of a kind the later one counts.
        #expect(chart.lines.map(\.values) == [[0.05, 0.5], [0.1, nil]])
    }

    @Test("one number of targets makes none")
    func none() {
        #expect(GrowthCurves.all(in: [Self.outcome(500, "a", cores: 1), Self.outcome(500, "b", cores: 1)]).isEmpty)
    }

    @Test("the image is XML, and escapes what users call their runs")
    func image() throws {
        let runs = [Self.outcome(10, "<a & b>", cores: 0.1), Self.outcome(100, "<a & b>", cores: 0.2)]
        let image = GrowthCurves.all(in: runs).flatMap(\.charts).image
        #expect(image.contains("&lt;a &amp; b&gt;"))
        let parser = XMLReading(image)
        #expect(parser.isWhole)
        #expect(HTMLReport(runs).text.contains("How cost grows: steady"))
    }

    @Test("a curve goes on where a number of targets was left out")
    func leftOut() throws {
        let runs = [10, 20, 30].flatMap { count in
            (count == 20 ? ["a"] : ["a", "b"]).map { Self.outcome(count, $0, cores: 0.1) }
        }
        let svg = try #require(GrowthCurves.all(in: runs).first?.charts.first?.svg)
        for colour in 0..<2 {
            let curve = try #require(svg.matches(of: /<path class="c(\d)" d="(M[^"h]+)"/).first { $0.1 == "\(colour)" })
            #expect(curve.2.count { $0 == "M" } == 1)
            #expect(curve.2.count { $0 == "L" } == 2 - colour)
        }
    }

    @Test("an image of several scenarios names them")
    func scenarios() {
        var runs = [10, 20].map { Self.outcome($0, "a", cores: 0.1) }
        #expect(GrowthCurves.all(in: runs).image.contains(">CPU of the proxy, cores<"))
        for count in [10, 20] {
            var idle = Self.outcome(count, "a", cores: 0.1)
            idle.scenario = "idle"
            runs.append(idle)
        }
        let image = GrowthCurves.all(in: runs).image
        #expect(image.contains(">steady: CPU of the proxy, cores<"))
        #expect(image.contains(">idle: CPU of the proxy, cores<"))
    }

    @Test("direct scrapes are a dashed line of their own where they were made")
    func direct() throws {
        var runs = [Self.outcome(10, "a", cores: 0.1), Self.outcome(100, "a", cores: 0.2)]
        for place in runs.indices { runs[place].compare(with: Self.outcome(10, "a", cores: 0)) }
        let lines = GrowthCurves.all(in: runs).flatMap(\.charts).first { $0.title.hasSuffix("p99") }?.lines
        #expect(lines?.map(\.isDashed) == [false, true])
    }
}

/// Whether tags are closed as they were opened.
struct XMLReading {
    let isWhole: Bool

    init(_ text: String) {
        var open: [Substring] = []
        for match in text.matches(of: /<(\/?)([a-z0-9]+)[^>]*?(\/?)>/) where match.3.isEmpty {
            if match.1.isEmpty {
                open.append(match.2)
            } else if open.popLast() != match.2 {
                isWhole = false
                return
            }
        }
        isWhole = open.isEmpty
    }
}
