import Foundation

/// What one run has to tell, for people and for programs.
struct PeersReport {
    let cells: [Cell]
    let versions: [String]
    let cores: Cores
    let rounds: Int
    let seconds: Int
    let bodySource: String

    var hasFailures: Bool { cells.contains { !$0.failures.isEmpty } }

    // MARK: For people

    var table: String {
        var table = TextTable(
            ["work", "upstream", "body"] + Peer.allCases.map(\.description) + ["ratio", "MB/s", "goal", "met"],
            leftAligned: [0, 1, 8, 9])
        for cell in cells { table.add(row(cell)) }
        let failures = cells.flatMap { cell in
            cell.failures.sorted { $0.key.rawValue < $1.key.rawValue }.map { "\(cell.workload): \($0) \($1)" }
        }
        return
            ([
                "CPU microseconds for each scrape: medians of \(rounds) rounds of \(seconds) s; \(cores.text).",
                "Peers: \(versions.joined(separator: ", ")). Body: \(bodySource).", "",
            ] + table.lines + ["", Self.legend] + failures).joined(separator: "\n")
    }

    private static let legend = """
        ratio: pass-through and tunnel, CPU time as a multiple of the better peer's; rewriting, how many times less than nginx' gunzip,
        sub_filter and gzip level 1 (plain bodies: sub_filter alone). MB/s: of the proxy, body without compression.
        """

    private func row(_ cell: Cell) -> [String] {
        let workload = cell.workload
        let times = Peer.allCases.map { peer in
            guard workload.peers.contains(peer) else { return "-" }
            return cell.median(of: peer).map(Self.time) ?? "error"
        }
        let rate = workload.peers.contains(.haproxy) ? nil : cell.megabytesPerSecond(of: .proxy)
        return [workload.work.rawValue, workload.upstream.rawValue, workload.body.size] + times + [
            cell.ratio.map { String(format: "%.2f", $0) } ?? "-", rate.map { String(format: "%.0f", $0) } ?? "-",
            workload.goal.text, cell.isGoalMet.map { $0 ? "yes" : "no" } ?? "-",
        ]
    }

    private static func time(_ microseconds: Double) -> String {
        String(format: microseconds < 100 ? "%.1f" : "%.0f", microseconds)
    }

    // MARK: For programs

    var json: Data {
        get throws {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            encoder.keyEncodingStrategy = .convertToSnakeCase
            return try encoder.encode(Figures(self)) + Data("\n".utf8)
        }
    }

    private struct Figures: Encodable {
        let peers: [String]
        let rounds: Int
        let seconds: Int
        let body: String
        let cells: [CellFigures]

        init(_ report: PeersReport) {
            peers = report.versions
            (rounds, seconds, body) = (report.rounds, report.seconds, report.bodySource)
            cells = report.cells.map(CellFigures.init)
        }
    }

    /// Nil where a peer failed or nothing is asked; such keys are left out.
    private struct CellFigures: Encodable {
        let work: Work
        let upstream: UpstreamScheme
        let bodyBytes: Int
        let cpuMicroseconds: [Peer: Double]
        let cpuMicrosecondsByRound: [Peer: [Double]]
        let errors: [Peer: String]
        let ratio: Double?
        let megabytesPerSecond: Double?
        let goal: String
        let goalMet: Bool?

        init(_ cell: Cell) {
            (work, upstream, bodyBytes) = (cell.workload.work, cell.workload.upstream, cell.bodyBytes)
            let measured = cell.workload.peers.compactMap { peer in cell.median(of: peer).map { (peer, $0) } }
            cpuMicroseconds = Dictionary(uniqueKeysWithValues: measured)
            cpuMicrosecondsByRound = cell.microseconds
            errors = cell.failures
            ratio = cell.ratio
            megabytesPerSecond = cell.megabytesPerSecond(of: .proxy)
            (goal, goalMet) = (cell.workload.goal.text, cell.isGoalMet)
        }
    }
}
