/// Seconds since a scenario began. All that happens in a run is told by this clock.
struct RunClock: Sendable {
    private let start = ContinuousClock.now

    var now: Double {
        let (seconds, attoseconds) = (ContinuousClock.now - start).components
        return Double(seconds) + Double(attoseconds) / 1e18
    }

    /// Returns at once for a moment that has passed.
    func sleep(until moment: Double) async throws {
        let rest = moment - now
        if rest > 0 { try await Task.sleep(for: .seconds(rest)) }
    }
}
