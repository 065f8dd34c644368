import Addressing
import HTTP
import Identity
import Scraping
import Settings

/// What one scrape asks of the kubelet that answers it. A reference: it is handed on from place to place, and each copy of so much
/// would cost more than all that is checked on a kept connection.
final class EvidenceCheck {
    let owner: KnownNode
    /// The kubelet's own address, under which evidence is remembered.
    let key: SocketAddress
    /// Where the scrape goes.
    let address: SocketAddress
    let isTLS: Bool
    /// What can't be proved is dropped. Grows by what is found out while the scrape is under way.
    var demand: ProofDemand
    /// False in `mode: observe`.
    let isCarriedOut: Bool
    /// What the answer's body may show. Nil where it shows nothing, and for HEAD.
    let brought: BodyEvidence?
    let request: RequestHead
    let configuration: ProxyConfiguration
    /// The scrape's, in the loop's milliseconds.
    let deadline: UInt64

    init(
        of owner: KnownNode, at key: SocketAddress, reachedAt address: SocketAddress, isTLS: Bool, demand: ProofDemand,
        bringing brought: BodyEvidence?, for request: RequestHead, by deadline: UInt64,
        _ configuration: ProxyConfiguration
    ) {
        (self.owner, self.key, self.address, self.isTLS) = (owner, key, address, isTLS)
        (self.demand, self.brought, self.request) = (demand, brought, request)
        (self.deadline, self.configuration) = (deadline, configuration)
        isCarriedOut = configuration.settings.mode == .enforce
    }

    var requiresProof: Bool { demand > .nothing }

    /// The proxy's own `GET /metrics`, with what the scrape would send to authorize itself.
    func question() -> ScrapeRequest {
        Self.question(to: address, isTLS: isTLS, owner: owner.uid, in: request, configuration)
    }

    /// - Parameter request: the scrape in hand; nil where the proxy asks of its own accord.
    static func question(
        to address: SocketAddress, isTLS: Bool, owner: String, in request: RequestHead?,
        _ configuration: ProxyConfiguration
    ) -> ScrapeRequest {
        var writer = HeadWriter()
        writer.startRequest("GET", path: "/metrics", query: nil)
        writer.host(address)
        writer.field("User-Agent", "kubelet-relabel-proxy" as StaticString)
        writer.field("Accept", "text/plain;version=0.0.4" as StaticString)
        writer.field("Accept-Encoding", "gzip" as StaticString)
        if let request, configuration.settings.upstream.authorization == .forward {
            writer.copy(request.fields) { $0.id == .authorization }
        }
        writer.end()
        return ScrapeRequest(address: address, isTLS: isTLS, owner: owner, isHead: false, head: writer.bytes)
    }
}
