import Testing

@testable import kubelet_load_test

@Suite("How late the harness was")
struct HarnessLagTests {
    static func lag(_ notes: [(lag: Double, at: Double)]) -> HarnessLag {
        notes.reduce(into: HarnessLag()) { $0.note($1.lag, at: $1.at) }
    }

    @Test(
        "percentiles are whole milliseconds, by nearest rank",
        arguments: [
            ([], 0.99, 0), ([0.0015], 0.99, 0.001), ([0.004, 0.001, 0.002, 0.003], 0.5, 0.002),
            ([0.004, 0.001, 0.002, 0.003], 0.99, 0.004), ([-1], 0.5, 0), ([60], 0.5, 9.999),
        ] as [([Double], Double, Double)])
    func percentiles(lags: [Double], fraction: Double, expected: Double) {
        #expect(Self.lag(lags.map { ($0, 1) }).percentile(fraction) == expected)
    }

    @Test("told from another moment, and joined with another's, it is the same")
    func joined() {
        var lag = Self.lag([(0.5, 12.3)])
        lag.add(Self.lag([(0.1, 12.9), (0.75, 20.2)]))
        let shifted = lag.shifted(by: 10)
        #expect(shifted.worst(from: 2, to: 2.5) == 0.5)
        #expect(shifted.worst(from: 9.5, to: 10) == 0.75)
        #expect(shifted.worst(from: 4, to: 6) == 0)
        #expect(shifted.worst == 0.75)
        #expect(shifted.percentile(0.5) == 0.5)
    }

    @Test("only what may matter is worth a word", arguments: [(0.2, false), (0.3, true)])
    func notice(lag: Double, isTold: Bool) { #expect((Self.lag([(lag, 1)]).notice != nil) == isTold) }
}
