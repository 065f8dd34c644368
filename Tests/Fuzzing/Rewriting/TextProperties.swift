package import Exposition
import Fuzzing
import Relabeling

/// What holds for bodies in the line formats.
package enum TextProperties {
    /// A series, in whatever order its labels stand.
    private struct Comparable: Equatable {
        let labels: [String: String]
        let suffix: String
    }

    package static func check(_ body: [UInt8], _ dialect: TextDialect) {
        let format: ExpositionFormat = dialect == .openMetrics ? .openMetrics : .text
        let document = try? TextDocument(body, dialect)
        // `{""} 1` is nothing to Prometheus: rules drop it, and a stamp makes it a series without a name, which is refused.
        guard document?.series.contains(where: { labels($0).isEmpty }) != true else { return }
        let isAccepted = RewriteProperties.checkIdentity(body, format, idle: RewritePlans.idle)
        checkLittleMemory(body, format)
        LaneProperties.check(body, format) { body in
            made { try TextDocument(body, dialect) }.series.map { Comparable(labels: labels($0), suffix: $0.suffix) }
        }
        let stamped = RewriteProperties.checkPieces(body) { RewritePlans.stamped.rewriter(for: format) }
        require(stamped.isComplete == isAccepted, "a stamp decides: \(stamped.summary)")
        RewriteProperties.checkAcceptance(stamped, format)
        for (plan, honorsLabels) in [(RewritePlans.busy, false), (RewritePlans.busyAndHonoring, true)] {
            let busy = RewriteProperties.checkPieces(body) { plan.rewriter(for: format) }
            RewriteProperties.checkAcceptance(busy, format)
            guard isAccepted, busy.isComplete else { continue }
            let reference = ReferenceRelabeler(
                configs: RewritePlans.busyConfigs, stamps: RewritePlans.busyStamps, honorsLabels: honorsLabels,
                owner: RewritePlans.owner)
            checkLabels(body, busy, reference, dialect)
        }
        let isDocument = document != nil
        // What follows the end of OpenMetrics, and must not, is no part of the document.
        let isTaken = isAccepted || dialect == .openMetrics && isDocument
        require(isDocument == isTaken, "taken apart: \(isDocument), accepted: \(isAccepted)")
        guard isAccepted else { return }
        let reference = ReferenceRelabeler(
            configs: [], stamps: [RewritePlans.stamp], honorsLabels: false, owner: RewritePlans.owner)
        checkLabels(body, stamped, reference, dialect)
    }

    /// The same bodies pass, whatever the pieces. What is both too long and malformed is refused for either.
    private static func checkLittleMemory(_ body: [UInt8], _ format: ExpositionFormat) {
        // Behind a null byte, where Prometheus stops reading, a limit is met or not.
        guard !body.contains(0) else { return }
        let plan = RewritePlans.stampedInLittleMemory
        let whole = RewriteOutcome(of: body, by: plan.rewriter(for: format))
        RewriteProperties.checkAcceptance(whole, format)
        for cuts in Cuts.some(of: body) {
            let pieces = RewriteOutcome(of: body, cutAt: cuts, by: plan.rewriter(for: format))
            let isSame = pieces.isComplete == whole.isComplete && (!whole.isComplete || pieces.isSame(as: whole))
            require(isSame, "in little memory, cut at \(cuts): \(pieces.summary) instead of \(whole.summary)")
        }
    }

    /// Series leave in their order, with the labels that the rules run plainly give them, and with their values.
    private static func checkLabels(
        _ body: [UInt8], _ outcome: RewriteOutcome, _ reference: ReferenceRelabeler, _ dialect: TextDialect
    ) {
        // Which of two series stays is not the reference's business.
        guard outcome.counts.collisions == 0, outcome.counts.repeatsDropped == 0 else { return }
        let before = made { try TextDocument(body, dialect) }.series
        let after = made { try TextDocument(outcome.body, dialect) }.series
        var position = 0
        for series in before {
            guard let expected = reference.relabel(labels(series)) else { continue }
            require(position < after.count, "\(series) is missing")
            require(labels(after[position]) == expected, "\(after[position]) instead of \(expected), from \(series)")
            require(after[position].suffix == series.suffix, "\(after[position]) from \(series)")
            position += 1
        }
        require(position == after.count, "\(after[position...].first as Any) has no reason")
    }

    private static func labels(_ series: TextDocument.Series) -> [String: String] {
        // A label without value counts as none.
        Dictionary(series.labels.filter { !$0.value.isEmpty }.map { ($0.name, $0.value) }) { first, _ in first }
    }
}
