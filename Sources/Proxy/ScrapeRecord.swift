import Addressing
import Exposition

/// What is known of a scrape so far, for its answer and the metrics.
struct ScrapeRecord {
    /// The loop's milliseconds.
    let begun: UInt64
    var keepsAlive: Bool
    /// Nil: the request was refused before a door was known.
    var door: Door?
    /// The verdict that would have been, in `mode: observe`.
    var wouldDrop: DropReason?
    var dropped: DropReason?
    var isHeadSent = false
    /// Where the scrape was sent.
    var address: SocketAddress?
    /// Nil: the bytes passed as they were.
    var rewritten: RewriteCounts?
    var rewriteFailure: CodedRewriteError?
}
