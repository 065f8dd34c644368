import Settings

/// How long a scrape may take (spec 8.4): the proxy gives up before the scraper does, so that the scraper learns why.
enum ScrapeTimeout {
    /// - Parameter scraper: what the scraper waits, nil if it does not say.
    static func of(_ scraper: Duration?, _ upstream: UpstreamSettings) -> Duration {
        guard let scraper else { return upstream.scrapeTimeout }
        // A timeout hardly longer than the offset is halved: no time at all would fail every scrape.
        return max(scraper - upstream.timeoutOffset, scraper / 2)
    }
}
