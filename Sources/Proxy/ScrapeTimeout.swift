import Settings

/// How long a scrape may take (spec 8.4): the proxy gives up before the scraper does, so that the scraper learns why. All in
/// milliseconds: it is asked for each scrape, and arithmetic with `Duration` has 128 bits.
struct ScrapeTimeout {
    /// Where the scraper names none.
    let usual: UInt64
    private let offset: UInt64

    init(_ upstream: UpstreamSettings) {
        usual = upstream.scrapeTimeout.milliseconds
        offset = upstream.timeoutOffset.milliseconds
    }

    /// - Parameter scraper: what the scraper waits, nil if it does not say.
    func milliseconds(for scraper: UInt64?) -> UInt64 {
        guard let scraper else { return usual }
        // A timeout hardly longer than the offset is halved: no time at all would fail every scrape.
        return scraper > offset ? max(scraper - offset, scraper / 2) : scraper / 2
    }
}
