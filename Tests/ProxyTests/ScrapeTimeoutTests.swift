import Settings
import Testing

@testable import Proxy

@Suite("How long a scrape may take (spec 8.4)")
struct ScrapeTimeoutTests {
    @Test(
        "The scraper's timeout less the offset, never less than half of it; the default where it names none",
        arguments: [
            (nil, 250, 7_000), (10_000, 250, 9_750), (10_000, 0, 10_000), (600, 250, 350), (500, 250, 250),
            (400, 250, 200), (250, 250, 125), (100, 250, 50), (2, 250, 1), (10_000, 20_000, 5_000),
        ] as [(UInt64?, Int, UInt64)])
    func deadline(scraper: UInt64?, offset: Int, expected: UInt64) {
        var upstream = UpstreamSettings()
        upstream.scrapeTimeout = .seconds(7)
        upstream.timeoutOffset = .milliseconds(offset)
        #expect(ScrapeTimeout(upstream).milliseconds(for: scraper) == expected)
    }
}
