import Addressing
import HTTP

/// How a scrape came in (spec 3): the label `door` of the metrics.
enum Door: String, Sendable, CaseIterable {
    case absolute
    case name
    case connect
    case intercepted
    case reverse

    /// The form of the request target alone decides; nil: a path that is no door.
    init?(_ target: RequestTarget) {
        switch target {
        case .absolute(.address, _, _): self = .absolute
        case .absolute(.name, _, _): self = .name
        case .authority: self = .connect
        case .node: self = .reverse
        case .origin, .discovery: return nil
        }
    }
}
