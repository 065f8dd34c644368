package import Relabeling

/// What rewriting does to the answers of one owner under one configuration: made once, kept, and used for every scrape.
package struct RewritePlan: Sendable {
    package let relabeler: ScrapeRelabeler
    package let limits: RewriteLimits
    /// Labels that every series gets that has none of that name (spec 7.4).
    let stamps: StampLabels
    /// Stamping is all there is to do for series without the labels of ``StampLabels/interest``.
    let hasStampLane: Bool

    package init(_ relabeler: ScrapeRelabeler, limits: RewriteLimits = .none) {
        self.init(relabeler, limits: limits, takesStampLane: true)
    }

    /// Without its stamp lane a plan comes to the same, for tests to compare with.
    init(_ relabeler: ScrapeRelabeler, limits: RewriteLimits = .none, takesStampLane: Bool) {
        self.relabeler = relabeler
        self.limits = limits
        hasStampLane = relabeler.traits.isStampsOnly && takesStampLane
        stamps = StampLabels(
            hasStampLane ? relabeler.constantLabels : [],
            reservedAreOfInterest: relabeler.traits.reservedLabelsNeedRules)
    }

    /// Nothing is to be done: the bytes may pass as they are (spec 7.1).
    package var isIdentity: Bool { relabeler.traits.isIdentity }

    /// A rewriter for one scrape in `format`; protobuf only where ``rewritesProtobuf``.
    package func rewriter(for format: ExpositionFormat) -> ExpositionRewriter {
        switch format {
        case .text: ExpositionRewriter(TextRewriter(.prometheus, self))
        case .openMetrics: ExpositionRewriter(TextRewriter(.openMetrics, self))
        case .protobuf: protobufRewriter()
        }
    }
}
