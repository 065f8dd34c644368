import Addressing
import Exposition
import Identity

/// What is known of a scrape so far, for its answer and the metrics.
struct ScrapeRecord {
    /// The loop's milliseconds.
    let begun: UInt64
    var keepsAlive: Bool
    /// Nil: the request was refused before a door was known.
    var door: Door?
    /// Of the table; in `mode: observe` the one that would have been carried out.
    var verdict = ScrapeVerdict.forward
    /// Why the proxy answered itself, or cut the answer.
    var dropped: DropReason?
    var isHeadSent = false
    /// The answer went to its last byte, with status 200: a scraper that is well stores it.
    var isStored = false
    /// Where the scrape was sent.
    var address: SocketAddress?
    /// Nil: the bytes passed as they were.
    var rewritten: RewriteCounts?
    var rewriteFailure: CodedRewriteError?

    // What an observer is told: references to what there is already.
    var claim: NodeClaim?
    var owner: KnownNode?
    var path: String?
    /// What the scraper got; 0: nothing yet.
    var status = 0
    /// Of the body, framing included.
    var bodyBytes = 0
    var refusal: ErrorResponse?
    /// Nil: the kubelet was not looked at.
    var evidence: String?
    /// Nil: nobody wants to see what rewriting changes.
    var changes: ChangeRecorder?
}
