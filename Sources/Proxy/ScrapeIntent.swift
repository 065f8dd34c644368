import Addressing
import HTTP
import Identity
import Settings

/// What a request asks for, read from its head alone (spec 3, 11.2): no table, no I/O.
struct ScrapeIntent {
    let claim: NodeClaim
    /// What the parameter names where the host is a name too, in other words: it must be the same node (spec 3.3).
    let secondName: String?
    let destination: ScrapeDestination
    let isHead: Bool
    /// One of `upstream.paths`.
    let path: String
    /// The query without the claim.
    let query: String?
    /// The scheme that a reverse path spells: it must be the port's (spec 3.1).
    var spelledScheme: NodePath.Scheme?
    /// Milliseconds that the scraper waits; nil where it does not say, or not in a way that makes sense.
    let scraperTimeout: UInt64?

    init(
        _ head: RequestHead, _ target: RequestTarget, _ configuration: ProxyConfiguration
    ) throws(ErrorResponse) {
        switch target {
        case .origin, .discovery:
            throw ErrorResponse(
                .notFound,
                "Not found: a scrape is /nodes/NAME/metrics, or a URL that is sent with proxy_url")
        case .authority:
            throw ErrorResponse(.methodNotAllowed, "CONNECT not allowed: a scrape is GET or HEAD")
        case .node(let place, let resource):
            let named: NodeClaim
            (named, query) = try Self.claim(head, resource, configuration)
            claim = NodeClaim(node: place.name, uid: named.uid)
            secondName = named.node.flatMap { $0 == place.name ? nil : $0 }
            destination = .ownAddress(port: place.port)
            spelledScheme = place.scheme
            path = resource.path
        case .absolute(let host, let port, let resource):
            let named: NodeClaim
            (named, query) = try Self.claim(head, resource, configuration)
            switch host {
            case .address(let ip):
                (claim, secondName) = (named, nil)
                destination = .address(SocketAddress(ip, port: port))
            case .name(let name):
                claim = NodeClaim(node: name, uid: named.uid)
                secondName = named.node.flatMap { $0.lowercased() == name ? nil : $0 }
                destination = .ownAddress(port: port)
            }
            path = resource.path
        }
        isHead = head.method == .head
        scraperTimeout = Self.timeout(head)
    }

    /// What the parameters claim, and the query without them; refuses what may not be scraped in any case.
    private static func claim(
        _ head: RequestHead, _ resource: PathAndQuery, _ configuration: ProxyConfiguration
    ) throws(ErrorResponse) -> (NodeClaim, query: String?) {
        try requireMethod(head)
        guard configuration.allowedPaths.contains(resource.path) else {
            throw ErrorResponse(.pathNotAllowed, "Path not allowed: only those in upstream.paths are scraped")
        }
        do throws(HTTPError) {
            let (values, rest) = try resource.removing(configuration.claimParameters)
            return (NodeClaim(node: try one(of: values[0]), uid: try one(of: values[1])), rest)
        } catch { throw refusal(error) }
    }

    private static func requireMethod(_ head: RequestHead) throws(ErrorResponse) {
        guard head.method == .get || head.method == .head else {
            throw ErrorResponse(.methodNotAllowed, "Method not allowed: a scrape is GET or HEAD")
        }
        guard !head.fields.contains(.upgrade) else {
            throw ErrorResponse(.methodNotAllowed, "Upgrade not allowed: a scrape is GET or HEAD")
        }
    }

    private static func refusal(_ error: HTTPError) -> ErrorResponse {
        guard error == Self.twoClaims else { return ErrorResponse(inTarget: error) }
        return ErrorResponse(.contradictoryClaims, "Contradictory claims: one parameter names two nodes")
    }

    private static let twoClaims = HTTPError.malformed("one parameter has two values")

    private static func one(of values: [String]) throws(HTTPError) -> String? {
        guard let first = values.first else { return nil }
        guard values.allSatisfy({ $0 == first }) else { throw twoClaims }
        return first
    }

    /// Seconds as Prometheus writes them: `10` or `9.5`.
    private static func timeout(_ head: RequestHead) -> UInt64? {
        guard let text = head.fields.first(.scrapeTimeout) else { return nil }
        // Nearly always; cheaper to read than a fraction.
        if let seconds = UInt64(text), (1...3600).contains(seconds) { return seconds * 1000 }
        guard let seconds = Double(text), seconds > 0, seconds <= 3600 else { return nil }
        return UInt64(seconds * 1000)
    }
}
