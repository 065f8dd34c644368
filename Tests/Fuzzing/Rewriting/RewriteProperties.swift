package import Exposition
import Fuzzing
import Relabeling

/// What holds for every body in every format.
package enum RewriteProperties {
    /// The outcome doesn't depend on the pieces.
    ///
    /// - Returns: the outcome of the body as a whole.
    @discardableResult
    package static func checkPieces(_ body: [UInt8], _ rewriter: () -> ExpositionRewriter) -> RewriteOutcome {
        let whole = RewriteOutcome(of: body, by: rewriter())
        for cuts in Cuts.some(of: body) {
            let pieces = RewriteOutcome(of: body, cutAt: cuts, by: rewriter())
            require(pieces.isSame(as: whole), "cut at \(cuts): \(pieces.summary) instead of \(whole.summary)")
        }
        return whole
    }

    /// Rules that change nothing, however they do so, let the same bodies pass, byte for byte.
    ///
    /// - Returns: whether the body is accepted.
    package static func checkIdentity(_ body: [UInt8], _ format: ExpositionFormat, idle: RewritePlan) -> Bool {
        let identity = checkPieces(body) { RewritePlans.identity.rewriter(for: format) }
        let idle = checkPieces(body) { idle.rewriter(for: format) }
        require(identity.isComplete == idle.isComplete, "\(identity.summary) but \(idle.summary)")
        guard identity.isComplete else { return false }
        require(identity.body == body, "no rules: \(identity.summary)")
        require(idle.body == body, "rules that change nothing: \(idle.summary)")
        require(identity.counts.samplesOut == idle.counts.samplesOut, "\(identity.counts) but \(idle.counts)")
        return true
    }

    /// What leaves would be accepted again.
    package static func checkAcceptance(_ outcome: RewriteOutcome, _ format: ExpositionFormat) {
        guard outcome.isComplete else { return }
        let again = RewriteOutcome(of: outcome.body, by: RewritePlans.identity.rewriter(for: format))
        require(again.isComplete, "\(outcome.summary) then \(again.error as Any)")
        let counts = outcome.counts
        require(again.counts.samplesIn == counts.samplesOut, "\(again.counts) behind \(counts)")
        require(counts.bytesOut == outcome.body.count, "\(counts)")
        let lost = counts.droppedByRule + counts.collisions + counts.repeatsDropped
        require(counts.samplesIn == counts.samplesOut + lost, "\(counts)")
    }
}
