import Addressing
import Discovery
import Exposition
import HTTP
import Settings

/// The head of the request that the kubelet gets.
enum UpstreamHead {
    /// A request that the API server passes on (spec 8.3).
    struct NodeProxy {
        let path: String
        let host: String
        /// The proxy's own; the scraper's is never sent there.
        let authorization: Secret?
    }

    /// The scraper's fields without those that concern its own connection (spec 11.4), under the kubelet's address.
    static func write(
        _ request: RequestHead, _ intent: ScrapeIntent, _ address: SocketAddress, withAuthorization: Bool,
        _ plan: RewritePlan?, through nodeProxy: NodeProxy? = nil, with writer: inout HeadWriter
    ) -> [UInt8] {
        writer.startRequest(intent.isHead ? "HEAD" : "GET", path: nodeProxy?.path ?? intent.path, query: intent.query)
        if let nodeProxy { writer.field("Host", nodeProxy.host) } else { writer.host(address) }
        if let nodeProxy { introduce(nodeProxy, with: &writer) }
        let namesFields = request.fields.areNamedByConnection
        writer.copy(request.fields) { field in
            if field.id.isHopByHop { return false }
            if nodeProxy != nil, !isForKubelets(field.id) { return false }
            if field.id == .authorization, !withAuthorization { return false }
            if plan != nil, field.id == .accept || field.id == .acceptEncoding { return false }
            return !namesFields || !request.fields.isNamedByConnection(field)
        }
        if let plan { negotiate(request, plan, with: &writer) }
        writer.end()
        return writer.bytes
    }

    private static func introduce(_ nodeProxy: NodeProxy, with writer: inout HeadWriter) {
        writer.field("User-Agent", "kubelet-relabel-proxy" as StaticString)
        if let secret = nodeProxy.authorization { writer.field("Authorization", secret.text) }
    }

    /// What the scraper says to the kubelet. The API server acts on fields of its own: with the proxy's credentials beside it,
    /// `Impersonate-User` would make a scraper anybody whom the proxy may stand for.
    private static func isForKubelets(_ field: FieldName) -> Bool {
        switch field {
        case .accept, .acceptEncoding, .scrapeTimeout: true
        default: false
        }
    }

    /// Asks for what can be rewritten, as far as the scraper would take it (spec 7.6, 7.7).
    private static func negotiate(_ request: RequestHead, _ plan: RewritePlan, with writer: inout HeadWriter) {
        let accept = AcceptNegotiation.upstreamAccept(
            downstream: request.fields.list(.accept), rewritesProtobuf: plan.rewritesProtobuf)
        if let accept { writer.field("Accept", accept) }
        writer.field("Accept-Encoding", AcceptEncoding(request.fields.list(.acceptEncoding)).upstreamField)
    }
}
