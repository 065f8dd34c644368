package import Addressing

/// The request target (RFC 9112 section 3.2). Which form it has decides the door a request came in by (spec 3).
package enum RequestTarget: Equatable, Sendable {
    /// `http://10.0.0.5:10250/metrics?node=node-a`: a scrape by `proxy_url`. The port is the scheme's where none is given.
    case absolute(host: Host, port: UInt16, PathAndQuery)
    /// `10.0.0.5:10250`: CONNECT.
    case authority(host: Host, port: UInt16)
    /// `/nodes/node-a/metrics`: a request to the proxy itself.
    case origin(PathAndQuery)

    package init(_ head: RequestHead) throws(HTTPError) {
        let target = head.target
        if head.method == .connect {
            guard let authority = HostAndPort(target), let port = authority.port else {
                throw .malformed("CONNECT needs host:port")
            }
            self = .authority(host: authority.host, port: port)
        } else if target.hasPrefix("/") {
            self = .origin(try PathAndQuery(target[...]))
        } else {
            self = try Self.absolute(target)
        }
    }

    private static func absolute(_ target: String) throws(HTTPError) -> RequestTarget {
        let defaultPort: UInt16
        let rest: Substring
        if let stripped = target.dropping(scheme: "http://") {
            (defaultPort, rest) = (80, stripped)
        } else if let stripped = target.dropping(scheme: "https://") {
            (defaultPort, rest) = (443, stripped)
        } else {
            throw .malformed("the request target is neither a path nor an http URL")
        }
        let authorityEnd = rest.firstIndex { $0 == "/" || $0 == "?" } ?? rest.endIndex
        guard let authority = HostAndPort(rest[..<authorityEnd]) else {
            throw .malformed("the request target names no host, or a malformed one")
        }
        let path = rest[authorityEnd...]
        let full = path.hasPrefix("/") ? path : "/" + path
        return .absolute(host: authority.host, port: authority.port ?? defaultPort, try PathAndQuery(full))
    }
}

extension String {
    fileprivate func dropping(scheme: String) -> Substring? {
        prefix(scheme.count).lowercased() == scheme ? dropFirst(scheme.count) : nil
    }
}
