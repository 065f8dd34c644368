import Instrumentation

/// The counters of `scrapes_total`, found once each: counting a scrape is an array look-up and an increment.
final class ScrapeCounters {
    private let family: MetricFamily<Counter>
    private var known: [Key: Counter] = [:]

    private struct Key: Hashable {
        let door: Door
        /// Nil: the scrape was forwarded.
        let dropped: DropReason?
    }

    init(_ family: MetricFamily<Counter>) { self.family = family }

    func count(_ door: Door, dropped reason: DropReason?) {
        let key = Key(door: door, dropped: reason)
        if let counter = known[key] {
            counter.increment()
            return
        }
        let counter = family.child(
            door.rawValue, reason == nil ? "forward" : "drop", reason?.rawValue ?? "owner")
        known[key] = counter
        counter.increment()
    }
}
