/// What was measured in one cell.
struct Cell {
    let workload: Workload
    /// The body without compression.
    let bodyBytes: Int
    /// CPU microseconds for each scrape, by round.
    var microseconds: [Peer: [Double]] = [:]
    /// Bytes of memory that were resident after the last round.
    var residentBytes: [Peer: Int] = [:]
    /// Why a peer has no figure. One bad round is enough: what answers wrongly may well be quick.
    var failures: [Peer: String] = [:]

    func median(of peer: Peer) -> Double? { failures[peer] == nil ? microseconds[peer]?.median : nil }

    /// Pass-through: CPU time as a multiple of the better rival's. Rewriting: how many times less than nginx.
    var ratio: Double? { ratio { median(of: $0) } }

    /// The least and the greatest ratio of a round.
    var spread: ClosedRange<Double>? {
        guard ratio != nil else { return nil }
        let rounds = ([.proxy] + workload.rivals).map { microseconds[$0]?.count ?? 0 }.min() ?? 0
        let ratios = (0..<rounds).compactMap { round in ratio { microseconds[$0]?[round] } }
        guard let least = ratios.min(), let greatest = ratios.max() else { return nil }
        return least...greatest
    }

    private func ratio(_ figure: (Peer) -> Double?) -> Double? {
        guard let own = figure(.proxy) else { return nil }
        // Without one of the rivals, who is the better one is not known.
        let rivals = workload.rivals.compactMap(figure)
        guard rivals.count == workload.rivals.count, let better = rivals.min() else { return nil }
        return workload.goal == .atMostTheBetterPeer ? own / better : better / own
    }

    func megabytesPerSecond(of peer: Peer) -> Double? { median(of: peer).map { Double(bodyBytes) / $0 } }

    var isGoalMet: Bool? {
        workload.goal.isMet(ratio: ratio, megabytesPerSecond: megabytesPerSecond(of: .proxy))
    }
}

extension [Double] {
    var median: Double? {
        guard !isEmpty else { return nil }
        let sorted = sorted()
        return (sorted[(count - 1) / 2] + sorted[count / 2]) / 2
    }
}
