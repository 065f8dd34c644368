import Addressing
import HTTP

extension RequestTarget {
    /// What a request inside an intercepted tunnel asks for, as if it had come with a URL for the tunnel's host.
    ///
    /// - Throws: where it names another host than the CONNECT did, in whatever place (spec 3.3), or is a CONNECT itself.
    func inside(tunnelTo tunnel: HostAndPort, _ request: RequestHead) throws(ErrorResponse) -> RequestTarget {
        try Self.require(named(by: request), tunnel)
        switch self {
        case .origin(let resource):
            return .absolute(host: tunnel.host, port: tunnel.port ?? Self.defaultPort, resource)
        case .absolute(let host, let port, _):
            try Self.require(HostAndPort(host, port: port), tunnel)
            return self
        // What leads to the proxy itself leads nowhere here.
        case .authority, .node, .discovery:
            throw ErrorResponse(.methodNotAllowed, "Method not allowed: a CONNECT inside of a CONNECT")
        }
    }

    private static let defaultPort: UInt16 = 443

    /// The Host field, or what stands for it in HTTP/2.
    private func named(by request: RequestHead) -> HostAndPort? {
        request.fields.first(.host).flatMap { HostAndPort($0) }
    }

    private static func require(_ named: HostAndPort?, _ tunnel: HostAndPort) throws(ErrorResponse) {
        let isSame =
            named?.host == tunnel.host && (named?.port ?? defaultPort) == (tunnel.port ?? defaultPort)
        guard !isSame else { return }
        throw ErrorResponse(
            .contradictoryClaims, "Contradictory claims: the request names another host than its CONNECT")
    }
}
