package import Addressing
import HTTP
import Identity

/// A scrape that was answered, or refused, as people want to read of it.
package struct FinishedScrape: Sendable {
    package enum Verdict: String, Sendable {
        case forward
        case rewrite
        case drop
    }

    package let verdict: Verdict
    /// As spec 5 and 10 spell it; in `mode: observe` the one that would have counted.
    package let reason: String
    /// As claimed, else the owner.
    package let node: String?
    package let address: SocketAddress?
    /// Nil where the request was none for a kubelet.
    package let path: String?
    /// What the scraper got; 0: nothing.
    package let status: Int
    /// The body's, as they went to the scraper, framing and compression included.
    package let bytes: Int
    package let milliseconds: UInt64
    /// By what the kubelet was proved to be the owner, or `none`; nil where it was not looked at.
    package let evidence: String?
    /// Why it was refused, or cut in the middle.
    package let phrase: String?
    /// The lines that rewriting changed, if they were wanted: nil where nothing is rewritten.
    package let changes: [UInt8]?
}

/// Sees each scrape when it has ended. Called on the loop's thread: it must be quick.
package protocol ScrapeObserver: Sendable {
    /// Whether the lines that rewriting changes are wanted, which costs as much again as the rewriting.
    var wantsChanges: Bool { get }

    func ended(_ scrape: FinishedScrape)
}

extension FinishedScrape {
    init(_ scrape: ScrapeRecord, milliseconds: UInt64) {
        let refusal = scrape.refusal
        if scrape.dropped != nil {
            verdict = .drop
        } else if case .rewrite = scrape.verdict {
            verdict = .rewrite
        } else {
            verdict = .forward
        }
        reason = scrape.dropped?.rawValue ?? scrape.verdict.reason
        node = scrape.claim?.node ?? refusal?.claim ?? scrape.owner?.name
        address = scrape.address ?? refusal?.address
        path = scrape.path
        status = scrape.status
        bytes = scrape.bodyBytes
        self.milliseconds = milliseconds
        evidence = scrape.evidence
        phrase = refusal?.phrase
        changes = scrape.changes?.lines
    }
}

extension RequestTarget {
    /// What is known of a request before it is found to be a scrape.
    var path: String? {
        switch self {
        case .absolute(_, _, let resource), .node(_, let resource): resource.path
        case .authority, .origin, .discovery: nil
        }
    }

    var claim: NodeClaim? {
        switch self {
        case .absolute(.name(let name), _, _), .authority(.name(let name), _): NodeClaim(node: name)
        case .node(let place, _): NodeClaim(node: place.name)
        default: nil
        }
    }
}
