/// What was measured in one cell.
struct Cell {
    let workload: Workload
    /// The body without compression.
    let bodyBytes: Int
    /// CPU microseconds for each scrape, by round.
    var microseconds: [Peer: [Double]] = [:]
    /// Why a peer has no figure. One bad round is enough: what answers wrongly may well be quick.
    var failures: [Peer: String] = [:]

    func median(of peer: Peer) -> Double? { failures[peer] == nil ? microseconds[peer]?.median : nil }

    /// Pass-through: CPU time as a multiple of the better peer's. Rewriting: how many times less than nginx.
    var ratio: Double? {
        guard let own = median(of: .proxy) else { return nil }
        // Without one of the peers, who is the better one is not known.
        let peers = workload.peers.filter { $0 != .proxy }.compactMap { median(of: $0) }
        guard peers.count == workload.peers.count - 1, let better = peers.min() else { return nil }
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
