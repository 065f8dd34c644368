/// What is shown while a run goes on.
struct ScrapeProgress: Sendable {
    private(set) var scrapes = 0
    private(set) var stored = 0
    /// By status.
    private(set) var refused: [Int: Int] = [:]
    private(set) var failed = 0
    private(set) var seconds: [Double] = []

    mutating func add(_ outcome: ScrapeOutcome, seconds duration: Double) {
        scrapes += 1
        switch outcome {
        case .stored:
            stored += 1
            seconds.append(duration)
        case .refused(let status, _): refused[status, default: 0] += 1
        case .failed: failed += 1
        }
    }

    mutating func forget() { self = ScrapeProgress() }
}

extension [Double] {
    /// The value below which that fraction lies (nearest rank); nil of none.
    func percentile(_ fraction: Double) -> Double? {
        guard !isEmpty else { return nil }
        let sorted = sorted()
        return sorted[Swift.max(0, Int((fraction * Double(count)).rounded(.up)) - 1)]
    }
}
