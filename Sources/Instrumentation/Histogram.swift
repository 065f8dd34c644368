import Synchronization

/// A classic histogram with fixed buckets. Values are in base units: seconds, bytes.
package final class Histogram: Instrument {
    /// Upper bounds for durations from a warm connection's millisecond to a scrape timeout, in seconds.
    package static let scrapeSeconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]

    /// Inclusive upper bounds, ascending; above the last one lies `+Inf`.
    private let bounds: [Double]
    /// One for each bound and one for `+Inf`, not cumulative.
    private let counts: [Counter]
    private let sum = Atomic<Double>(0)

    package init(bounds: [Double] = scrapeSeconds) {
        precondition(
            zip(bounds, bounds.dropFirst()).allSatisfy { $0 < $1 } && bounds.allSatisfy(\.isFinite),
            "histogram bounds are finite and ascend")
        self.bounds = bounds
        counts = (0...bounds.count).map { _ in Counter() }
    }

    package var count: UInt64 { counts.reduce(0) { $0 + $1.value } }
    package var total: Double { sum.load(ordering: .relaxed) }

    package func observe(_ value: Double) {
        var bucket = 0
        // Not `value > bound`: a NaN belongs to no bucket but +Inf.
        while bucket < bounds.count, !(value <= bounds[bucket]) { bucket += 1 }
        counts[bucket].increment()
        sum.add(value)
    }

    package func observe(_ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        observe(Double(seconds) + Double(attoseconds) * 1e-18)
    }

    package func write(to page: inout MetricPage, name: String, labels: MetricLabels) {
        var cumulative: UInt64 = 0
        for (bound, count) in zip(bounds + [.infinity], counts) {
            cumulative += count.value
            page.sample("\(name)_bucket", labels.adding("le", MetricPage.text(bound)), cumulative)
        }
        page.sample("\(name)_sum", labels, total)
        // The buckets' own total, so that +Inf and the count agree whatever was observed in between.
        page.sample("\(name)_count", labels, cumulative)
    }
}
