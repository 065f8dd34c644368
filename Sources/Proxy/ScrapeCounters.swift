import Instrumentation

/// The counters of `scrapes_total`, found once each: counting a scrape is an array look-up and an increment.
final class ScrapeCounters {
    private let family: MetricFamily<Counter>
    private var known: [Key: Counter] = [:]

    private struct Key: Hashable {
        let door: Door
        let verdict: ScrapeVerdict
    }

    init(_ family: MetricFamily<Counter>) { self.family = family }

    func count(_ door: Door, _ verdict: ScrapeVerdict) {
        let key = Key(door: door, verdict: verdict)
        if let counter = known[key] {
            counter.increment()
            return
        }
        let counter = family.child(door.rawValue, verdict.word, verdict.reason)
        known[key] = counter
        counter.increment()
    }
}
