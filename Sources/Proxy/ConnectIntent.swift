import Addressing
import HTTP
import Identity

/// What a CONNECT asks for: its host is the claim, whatever is said inside the tunnel later (spec 3, 3.5).
struct ConnectIntent {
    let claim: NodeClaim
    let destination: ScrapeDestination

    init(_ host: Host, port: UInt16) {
        switch host {
        case .address(let ip):
            claim = .none
            destination = .address(SocketAddress(ip, port: port))
        case .name(let name):
            claim = NodeClaim(node: name)
            destination = .ownAddress(port: port)
        }
    }
}
