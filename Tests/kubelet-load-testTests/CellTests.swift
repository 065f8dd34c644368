import Foundation
import Testing

@testable import kubelet_load_test

@Suite("Figures of a cell")
struct CellTests {
    static func cell(_ work: Work, _ times: [Peer: [Double]], failures: [Peer: String] = [:]) -> Cell {
        Cell(
            workload: Workload(work: work, body: .text), bodyBytes: 4_000_000, microseconds: times, failures: failures)
    }

    @Test(
        "medians", arguments: [([], nil), ([3], 3), ([9, 1, 2], 2), ([4, 1, 2, 9], 3)] as [([Double], Double?)])
    func medians(values: [Double], median: Double?) { #expect(values.median == median) }

    @Test("passing through is compared with the better peer, and is to take no more")
    func passThrough() {
        let better = Self.cell(.passThrough, [.proxy: [9, 8, 30], .nginx: [12], .haproxy: [10]])
        #expect(better.ratio == 0.9)
        #expect(better.isGoalMet == true)
        let worse = Self.cell(.passThrough, [.proxy: [11], .nginx: [12], .haproxy: [10]])
        #expect(worse.ratio == 1.1)
        #expect(worse.isGoalMet == false)
    }

    @Test("rewriting is compared with nginx, and is to take several times less")
    func rewriting() {
        let cell = Self.cell(.stampGzip, [.proxy: [10], .nginx: [80]])
        #expect(cell.ratio == 8)
        #expect(cell.isGoalMet == true)
        #expect(Self.cell(.stampGzip, [.proxy: [10], .nginx: [79]]).isGoalMet == false)
    }

    @Test("ten rules have a rate for a goal, whatever nginx does")
    func tenRules() {
        let cell = Self.cell(.tenRules, [.proxy: [10_000]], failures: [.nginx: "does not run"])
        #expect(cell.megabytesPerSecond(of: .proxy) == 400)
        #expect(cell.isGoalMet == true)
        #expect(cell.ratio == nil)
        #expect(Self.cell(.tenRules, [.proxy: [20_000], .nginx: [1]]).isGoalMet == false)
    }

    @Test("a peer that failed once has no figure, and without it there is no better peer")
    func failure() {
        let cell = Self.cell(
            .passThrough, [.proxy: [9], .nginx: [8, 8], .haproxy: [10]], failures: [.nginx: "errors under load"])
        #expect(cell.median(of: .nginx) == nil)
        #expect(cell.ratio == nil)
        #expect(cell.isGoalMet == nil)
    }
}

@Suite("The report")
struct PeersReportTests {
    static let report = PeersReport(
        cells: [
            CellTests.cell(.passThrough, [.proxy: [9, 11, 10], .nginx: [20, 20, 22], .haproxy: [25, 26, 25]]),
            CellTests.cell(.tenRules, [.proxy: [10_000]], failures: [.nginx: "answers HTTP/1.1 502 Bad Gateway"]),
        ], versions: ["nginx/1.22.1", "HAProxy version 2.6"], cores: Cores(proxy: 1, load: 0), rounds: 3, seconds: 2,
        bodySource: "generated")

    @Test("columns are aligned: words at their left, numbers at their right")
    func table() {
        var table = TextTable(["work", "us", "goal"], leftAligned: [0, 2])
        table.add(["stamp", "1234", "x"])
        table.add(["b", "9.5", ""])
        #expect(table.lines == ["work     us  goal", "stamp  1234  x", "b       9.5"])
    }

    @Test("each cell is a line, and a failure is told instead of a figure")
    func lines() throws {
        let lines = Self.report.table.split(separator: "\n").map { $0.split { $0 == " " }.map(String.init) }
        #expect(
            lines.contains([
                "pass-through", "plain", "4", "MB", "10.0", "20.0", "25.0", "0.50", "0.45-0.55", "-", "ratio", "<=",
                "1.00", "yes",
            ]))
        #expect(
            lines.contains([
                "ten", "rules", "plain", "4", "MB", "10000", "error", "-", "-", "-", "400", "MB/s", ">=", "300", "yes",
            ]))
        #expect(Self.report.table.hasSuffix("ten rules, plain upstream, 4 MB: nginx answers HTTP/1.1 502 Bad Gateway"))
        #expect(Self.report.hasFailures)
    }

    @Test("programs find every round")
    func json() throws {
        let object = try #require(try JSONSerialization.jsonObject(with: Self.report.json) as? [String: Any])
        let cells = try #require(object["cells"] as? [[String: Any]])
        #expect(cells.count == 2)
        #expect(cells[0]["work"] as? String == "pass-through")
        #expect(cells[0]["ratio"] as? Double == 0.5)
        #expect(cells[0]["goal_met"] as? Bool == true)
        let rounds = cells[0]["cpu_microseconds_by_round"] as? [String: [Double]]
        #expect(rounds?["proxy"] == [9, 11, 10])
        #expect((cells[0]["cpu_microseconds"] as? [String: Double])?["proxy"] == 10)
        #expect((cells[1]["errors"] as? [String: String])?["nginx"] == "answers HTTP/1.1 502 Bad Gateway")
        #expect(cells[1]["ratio"] == nil)
    }
}
