import Identity

/// What became of a scrape, as its header and `scrapes_total` tell (spec 5, 10).
enum ScrapeVerdict: Hashable, Sendable {
    /// To the owner, under its own name or none.
    case forward
    /// To the owner, whose labels took the place of the stale ones; why it is stale (spec 5.1).
    case rewrite(DropReason)
    case drop(DropReason)

    /// The label `verdict` of the metrics.
    var word: String {
        switch self {
        case .forward: "forward"
        case .rewrite: "rewrite"
        case .drop: "drop"
        }
    }

    /// The label `reason` of the metrics.
    var reason: String {
        switch self {
        case .forward: VerdictReason.owner.rawValue
        case .rewrite(let reason), .drop(let reason): reason.rawValue
        }
    }
}
