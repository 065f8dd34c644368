import Instrumentation

/// The counters of `scrapes_total`, found once each: counting a scrape is an array look-up and an increment.
final class ScrapeCounters {
    private let family: MetricFamily<Counter>
    private var known: [Key: Counter] = [:]
    /// Nearly every scrape is counted as the one before it.
    private var last: (key: Key, counter: Counter)?

    private struct Key: Hashable {
        let door: Door
        let verdict: ScrapeVerdict
    }

    init(_ family: MetricFamily<Counter>) { self.family = family }

    func count(_ door: Door, _ verdict: ScrapeVerdict) {
        let key = Key(door: door, verdict: verdict)
        if let last, last.key == key { return last.counter.increment() }
        let counter = known[key] ?? family.child(door.rawValue, verdict.word, verdict.reason)
        known[key] = counter
        last = (key, counter)
        counter.increment()
    }
}
