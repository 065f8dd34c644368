import EventLoop
import Exposition
import Instrumentation
import Logging

/// Counts what became of scrapes, and tells who watches them.
final class ScrapeTally {
    let metrics: ProxyMetrics
    let log: Logger
    let observer: (any ScrapeObserver)?
    private let counters: ScrapeCounters

    init(_ metrics: ProxyMetrics, log: Logger, observer: (any ScrapeObserver)?) {
        self.metrics = metrics
        self.log = log
        self.observer = observer
        counters = ScrapeCounters(metrics.scrapes)
    }

    func count(_ scrape: ScrapeRecord) {
        if let observer {
            let took = EventLoop.monotonicMilliseconds() - scrape.begun
            observer.ended(FinishedScrape(scrape, milliseconds: took))
        }
        guard let door = scrape.door else {
            metrics.malformedRequests.increment()
            return
        }
        counters.count(door, scrape.dropped.map { .drop($0) } ?? scrape.verdict)
        if let counts = scrape.rewritten { metrics.count(counts) }
        if let failure = scrape.rewriteFailure { noteFailure(failure, of: scrape) }
        // How long a dial took is no scrape's duration.
        guard door != .connect else { return }
        metrics.scrapeDuration.observe(Double(EventLoop.monotonicMilliseconds() - scrape.begun) / 1000)
    }

    private func noteFailure(_ failure: CodedRewriteError, of scrape: ScrapeRecord) {
        if let limit = failure.limit {
            metrics.limitsExceeded.child(limit.rawValue).increment()
        } else {
            metrics.malformedBodies.increment()
        }
        log.warning(
            "Answer cut while rewriting",
            metadata: ["error": "\(failure)", "address": "\(scrape.address.map { "\($0)" } ?? "")"])
    }
}
