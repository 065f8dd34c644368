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
        let peers = Peer.allCases.filter { peer in
            cells.contains { $0.microseconds[peer] != nil || $0.failures[peer] != nil }
        }
        var table = TextTable(
            ["work", "upstream", "body"] + peers.map(\.description) + ["ratio", "of rounds", "MB/s", "goal", "met"],
            leftAligned: [0, 1, peers.count + 6, peers.count + 7])
        for cell in cells { table.add(row(cell, of: peers)) }
        var memory = TextTable(
            ["memory, MB", "upstream", "body"] + peers.map(\.description), leftAligned: [0, 1])
        for cell in cells { memory.add(memoryRow(cell, of: peers)) }
        let failures = cells.flatMap { cell in
            cell.failures.sorted { $0.key.rawValue < $1.key.rawValue }.map { "\(cell.workload): \($0) \($1)" }
        }
        return
            ([
                "CPU microseconds for each scrape: medians of \(rounds) rounds of \(seconds) s; \(cores.text).",
                "Peers: \(versions.joined(separator: ", ")). Body: \(bodySource).", "",
            ] + table.lines + [""] + memory.lines + ["", Self.legend] + failures).joined(separator: "\n")
    }

    private static let legend = """
        ratio: pass-through and tunnel, CPU time as a multiple of the better of nginx and HAProxy; rewriting, how many times less
        than nginx' gunzip, sub_filter and gzip level 1 (plain bodies: sub_filter alone). MB/s: of the proxy, body without
        compression. Memory is what is resident after a cell's last round.
        """

    private func row(_ cell: Cell, of peers: [Peer]) -> [String] {
        let workload = cell.workload
        let times = peers.map { peer in
            guard workload.peers.contains(peer) else { return "-" }
            return cell.median(of: peer).map(Self.time) ?? "error"
        }
        let rate = workload.peers.contains(.haproxy) ? nil : cell.megabytesPerSecond(of: .proxy)
        let spread = cell.spread.map { String(format: "%.2f-%.2f", $0.lowerBound, $0.upperBound) }
        return names(cell) + times + [
            cell.ratio.map { String(format: "%.2f", $0) } ?? "-", spread ?? "-",
            rate.map { String(format: "%.0f", $0) } ?? "-", workload.goal.text,
            cell.isGoalMet.map { $0 ? "yes" : "no" } ?? "-",
        ]
    }

    private func memoryRow(_ cell: Cell, of peers: [Peer]) -> [String] {
        names(cell)
            + peers.map { peer in cell.residentBytes[peer].map { String(format: "%.0f", Double($0) / 1e6) } ?? "-" }
    }

    private func names(_ cell: Cell) -> [String] {
        [cell.workload.work.rawValue, cell.workload.upstream.rawValue, cell.workload.body.size]
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
        let residentBytes: [Peer: Int]
        let errors: [Peer: String]
        let ratio: Double?
        /// The least and the greatest of a round.
        let ratioSpread: [Double]?
        let megabytesPerSecond: Double?
        let goal: String
        let goalMet: Bool?

        init(_ cell: Cell) {
            (work, upstream, bodyBytes) = (cell.workload.work, cell.workload.upstream, cell.bodyBytes)
            let measured = cell.workload.peers.compactMap { peer in cell.median(of: peer).map { (peer, $0) } }
            cpuMicroseconds = Dictionary(uniqueKeysWithValues: measured)
            cpuMicrosecondsByRound = cell.microseconds
            residentBytes = cell.residentBytes
            errors = cell.failures
            ratio = cell.ratio
            ratioSpread = cell.spread.map { [$0.lowerBound, $0.upperBound] }
            megabytesPerSecond = cell.megabytesPerSecond(of: .proxy)
            (goal, goalMet) = (cell.workload.goal.text, cell.isGoalMet)
        }
    }
}
