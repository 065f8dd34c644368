package import Addressing

/// Why a scrape that was let through has no answer, or only a part of one. One line of text each.
package enum ScrapeError: Error {
    /// No connection to the kubelet.
    case unreachable(SocketAddress, String)
    /// The API server answered in the kubelet's place (`via: api_server`).
    case refusedByAPIServer(String)
    /// What came is no complete HTTP answer.
    case broken(SocketAddress, String)
    /// The scrape's deadline passed.
    case timeout(SocketAddress, during: Phase)
    /// The scraper went away.
    case downstreamGone
    /// The proxy shuts down, or the verdict changed.
    case cancelled
    /// The answer can't be rewritten, or is over a limit (spec 7.5, 7.9, 7.10).
    case notRewritable(SocketAddress, String)
    /// Another machine than the owner answers (spec 6.3). In words for the scraper.
    case wrongEvidence(SocketAddress, String)
    /// The owner did not prove itself, where it must (spec 6.2). In words for the scraper.
    case unproven(SocketAddress, String)

    package enum Phase: String, Sendable {
        case connecting = "connecting"
        case head = "waiting for the answer"
        case body = "reading the body"
    }
}
