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
    /// What the scraper waits; nil where it does not say, or not in a way that makes sense.
    let scraperTimeout: Duration?

    init(
        _ head: RequestHead, _ target: RequestTarget, _ configuration: ProxyConfiguration
    ) throws(ErrorResponse) {
        switch target {
        case .origin:
            throw ErrorResponse(.notFound, "Not found: send scrapes with proxy_url, the request target then is a URL")
        case .authority:
            throw ErrorResponse(.methodNotAllowed, "CONNECT not allowed: a scrape is GET or HEAD")
        case .absolute(let host, let port, let resource):
            try Self.requireMethod(head)
            guard configuration.allowedPaths.contains(resource.path) else {
                throw ErrorResponse(.pathNotAllowed, "Path not allowed: only those in upstream.paths are scraped")
            }
            let named: NodeClaim
            do throws(HTTPError) {
                let (values, rest) = try resource.removing(configuration.claimParameters)
                query = rest
                named = NodeClaim(node: try Self.one(of: values[0]), uid: try Self.one(of: values[1]))
            } catch { throw Self.refusal(error) }
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
    private static func timeout(_ head: RequestHead) -> Duration? {
        guard let text = head.fields.first(.scrapeTimeout), let seconds = Double(text), seconds > 0, seconds <= 3600
        else { return nil }
        return .seconds(seconds)
    }
}
