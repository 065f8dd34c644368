import Synchronization

/// A value that goes up and down: scrapes in flight, an age in seconds, 0 or 1.
package final class Gauge: Instrument {
    private let current: Atomic<Double>

    package init() {
        current = Atomic(0)
    }

    package var value: Double { current.load(ordering: .relaxed) }

    package func set(_ value: Double) {
        current.store(value, ordering: .relaxed)
    }

    package func set(_ value: Bool) {
        set(value ? 1 : 0)
    }

    package func increment() {
        current.add(1)
    }

    package func decrement() {
        current.add(-1)
    }

    package func write(to page: inout MetricPage, name: String, labels: MetricLabels) {
        page.sample(name, labels, value)
    }
}

extension Atomic<Double> {
    func add(_ amount: Double) {
        var seen = load(ordering: .relaxed)
        while true {
            let (exchanged, original) = weakCompareExchange(
                expected: seen, desired: seen + amount, ordering: .relaxed)
            if exchanged { return }
            seen = original
        }
    }
}
