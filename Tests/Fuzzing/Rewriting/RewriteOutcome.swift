package import Exposition
import Fuzzing

/// What comes of a body.
package struct RewriteOutcome {
    package let body: [UInt8]
    package let error: RewriteError?
    package let counts: RewriteCounts

    /// Of a body that arrives in pieces that end at `cuts`.
    package init(of body: [UInt8], cutAt cuts: [Int] = [], by rewriter: ExpositionRewriter) {
        var output = OutputBytes()
        var failure: RewriteError?
        do throws(RewriteError) {
            for piece in body.pieces(cutAt: cuts) { try rewriter.write(Array(piece), to: &output) }
            try rewriter.finish(to: &output)
        } catch {
            failure = error
        }
        self.body = output.copyArray()
        error = failure
        counts = rewriter.counts
    }

    package var isComplete: Bool { error == nil }

    /// The same as far as it is laid down: how much of a body had come when it was refused depends on its pieces, and
    /// with it how much a limit was passed by, and how much of the line an error can show.
    package func isSame(as other: RewriteOutcome) -> Bool {
        body == other.body && Self.comparable(error) == Self.comparable(other.error)
            && Self.comparable(counts, isComplete) == Self.comparable(other.counts, isComplete)
    }

    private static func comparable(_ error: RewriteError?) -> RewriteError? {
        switch error {
        case .limit(let limit, _, let allowed): .limit(limit, reached: 0, allowed: allowed)
        case .malformed(let position, _, let reason): .malformed(at: position, excerpt: "", reason: reason)
        case nil: nil
        }
    }

    private static func comparable(_ counts: RewriteCounts, _ isComplete: Bool) -> RewriteCounts {
        var counts = counts
        if !isComplete { counts.bytesIn = 0 }
        return counts
    }

    package var summary: String {
        "\(String(decoding: body, as: UTF8.self).debugDescription) \(error as Any) \(counts)"
    }
}
