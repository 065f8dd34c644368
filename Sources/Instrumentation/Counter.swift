import Synchronization

/// A count that only grows. One relaxed addition per increment: no lock, no allocation; callers hold the reference.
package final class Counter: Instrument {
    private let count = Atomic<UInt64>(0)

    package init() {}

    package var value: UInt64 { count.load(ordering: .relaxed) }

    package func increment(by amount: UInt64 = 1) {
        count.wrappingAdd(amount, ordering: .relaxed)
    }

    package func increment(by amount: Int) {
        precondition(amount >= 0, "a counter never goes down")
        increment(by: UInt64(amount))
    }

    package func write(to page: inout MetricPage, name: String, labels: MetricLabels) {
        page.sample(name, labels, value)
    }
}
