import Addressing
import Identity
import Settings

/// Scrapes in flight, in all and per node (spec 8.6): past a limit a scrape is refused at once, before it adds delay to others.
final class InFlightLimits {
    private(set) var total = 0
    private var byTarget: [Target: Int] = [:]

    /// Who bears the load of a scrape: a node, by whatever address and port it is scraped.
    enum Target: Hashable {
        case node(name: String)
        /// `mode: observe` scrapes an address that nobody owns, too.
        case address(IPAddress)

        init(_ owner: KnownNode?, at address: SocketAddress) {
            self = owner.map { .node(name: $0.name) } ?? .address(address.ip)
        }
    }

    enum Exceeded: String {
        case total = "scrapes_in_flight"
        case perNode = "scrapes_in_flight_per_node"
    }

    /// Nil: admitted, and `leave` must follow.
    func enter(_ target: Target, _ limits: LimitSettings) -> Exceeded? {
        guard total < limits.scrapesInFlight else { return .total }
        let there = byTarget[target, default: 0]
        guard there < limits.scrapesInFlightPerNode else { return .perNode }
        total += 1
        byTarget[target] = there + 1
        return nil
    }

    func leave(_ target: Target) {
        total -= 1
        guard let there = byTarget[target] else { return }
        byTarget[target] = there > 1 ? there - 1 : nil
    }
}
