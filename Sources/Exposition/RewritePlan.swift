/// What rewriting does to the answers of one owner under one configuration: made once, kept, and used for every scrape.
package struct RewritePlan: Sendable {
    /// Labels that every series gets (spec 7.4).
    let stamps: StampLabels
    package let limits: RewriteLimits

    package init(stamps: [(name: String, value: String)], limits: RewriteLimits = .none) {
        self.stamps = StampLabels(stamps.map { (Array($0.name.utf8), Array($0.value.utf8)) })
        self.limits = limits
    }

    /// A rewriter for one scrape in `format`.
    package func rewriter(for format: ExpositionFormat) -> ExpositionRewriter {
        let dialect = format == .openMetrics ? TextDialect.openMetrics : .prometheus
        return ExpositionRewriter(TextRewriter(dialect, limits, StampingPass(dialect, stamps)))
    }
}
