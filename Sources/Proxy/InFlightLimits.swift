import Addressing
import Settings

/// Scrapes in flight, in all and per kubelet (spec 8.6): past a limit a scrape is refused at once, before it adds delay to others.
final class InFlightLimits {
    private(set) var total = 0
    private var byAddress: [SocketAddress: Int] = [:]

    enum Exceeded: String {
        case total = "scrapes_in_flight"
        case perNode = "scrapes_in_flight_per_node"
    }

    /// Nil: admitted, and `leave` must follow.
    func enter(_ address: SocketAddress, _ limits: LimitSettings) -> Exceeded? {
        guard total < limits.scrapesInFlight else { return .total }
        let there = byAddress[address, default: 0]
        guard there < limits.scrapesInFlightPerNode else { return .perNode }
        total += 1
        byAddress[address] = there + 1
        return nil
    }

    func leave(_ address: SocketAddress) {
        total -= 1
        guard let there = byAddress[address] else { return }
        byAddress[address] = there > 1 ? there - 1 : nil
    }
}
