/// How late the harness itself was: a scrape that begins late, or whose kubelet has no time to answer, says nothing of the
/// proxy.
struct HarnessLag: Sendable {
    /// The most, in seconds, by the whole second of the run's clock.
    private var worstBySecond: [Int: Double] = [:]
    /// How often it was so many milliseconds late; the last entry holds all beyond.
    private var counts = [Int](repeating: 0, count: 10_000)
    private(set) var worst = 0.0

    /// From here on it is worth a word: a tenth of it does no scrape any harm.
    static let remarkable = 0.25

    /// - Parameters:
    ///   - lag: seconds.
    ///   - moment: by the run's clock.
    mutating func note(_ lag: Double, at moment: Double) {
        let lag = max(0, lag)
        worst = max(worst, lag)
        worstBySecond[Int(moment), default: 0] = max(worstBySecond[Int(moment), default: 0], lag)
        counts[min(counts.count - 1, Int(lag * 1000))] += 1
    }

    mutating func add(_ other: HarnessLag) {
        worst = max(worst, other.worst)
        worstBySecond.merge(other.worstBySecond) { max($0, $1) }
        for place in counts.indices { counts[place] += other.counts[place] }
    }

    /// The same, told from another moment on.
    func shifted(by seconds: Double) -> HarnessLag {
        var lag = self
        lag.worstBySecond = [:]
        for (second, worst) in worstBySecond {
            let place = Int((Double(second) - seconds).rounded(.down))
            lag.worstBySecond[place, default: 0] = max(lag.worstBySecond[place, default: 0], worst)
        }
        return lag
    }

    /// The most between two moments of the run's clock.
    func worst(from start: Double, to end: Double) -> Double {
        // What is noticed late began in an earlier second.
        (Int(start)...max(Int(start), Int(end) + 1)).compactMap { worstBySecond[$0] }.max() ?? 0
    }

    /// Seconds, rounded down to milliseconds.
    func percentile(_ fraction: Double) -> Double {
        let rank = Int((fraction * Double(counts.reduce(0, +))).rounded(.up))
        var passed = 0
        for (milliseconds, count) in counts.enumerated() {
            passed += count
            if passed >= rank, passed > 0 { return Double(milliseconds) / 1000 }
        }
        return 0
    }
}

extension HarnessLag {
    /// Added to what is told of a lost scrape; empty where the harness was in time.
    func excuse(from start: Double, to end: Double) -> String {
        let lag = worst(from: start, to: end)
        return lag < Self.remarkable ? "" : "; the harness was late then, by up to \(Self.text(lag)) s"
    }

    /// Nil where it was in time.
    var notice: String? {
        guard worst >= Self.remarkable else { return nil }
        return
            "the harness was late, by up to \(Self.text(worst)) s: this machine is too small or too busy for the load, "
            + "and latencies and lost scrapes of such moments are not the proxy's"
    }

    private static func text(_ seconds: Double) -> String {
        let tenths = Int((seconds * 10).rounded())
        return "\(tenths / 10).\(tenths % 10)"
    }
}
