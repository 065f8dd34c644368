package import Addressing

/// The request target (RFC 9112 section 3.2). Which form it has decides the door a request came in by (spec 3).
package enum RequestTarget: Equatable, Sendable {
    /// `http://10.0.0.5:10250/metrics?node=node-a`: a scrape by `proxy_url`. The port is the scheme's where none is given.
    case absolute(host: Host, port: UInt16, PathAndQuery)
    /// `10.0.0.5:10250`: CONNECT.
    case authority(host: Host, port: UInt16)
    /// `/nodes/node-a/metrics`: a request to the proxy itself.
    case origin(PathAndQuery)
    /// Such a path that leads to a node, as `resolvingOwnPath` reads it; with the path behind it.
    case node(NodePath, PathAndQuery)
    /// `/sd/kubelets`, as `resolvingOwnPath` reads it: which kubelets there are.
    case discovery(PathAndQuery)

    package init(_ head: RequestHead) throws(HTTPError) {
        let target = head.fields.bytes.span.extracting(head.targetRange)
        if head.method == .connect {
            guard let authority = HostAndPort(utf8: target), let port = authority.port else {
                throw .malformed("CONNECT needs host:port")
            }
            self = .authority(host: authority.host, port: port)
        } else if target[0] == UInt8(ascii: "/") {
            self = .origin(try PathAndQuery(target))
        } else {
            self = try Self.absolute(target)
        }
    }

    private static func absolute(_ target: Span<UInt8>) throws(HTTPError) -> RequestTarget {
        let defaultPort: UInt16
        let start: Int
        if target.begins(withScheme: "http://") {
            (defaultPort, start) = (80, 7)
        } else if target.begins(withScheme: "https://") {
            (defaultPort, start) = (443, 8)
        } else {
            throw .malformed("the request target is neither a path nor an http URL")
        }
        var end = start
        while end < target.count, target[end] != UInt8(ascii: "/"), target[end] != UInt8(ascii: "?") { end += 1 }
        guard let authority = HostAndPort(utf8: target.extracting(start..<end)) else {
            throw .malformed("the request target names no host, or a malformed one")
        }
        return .absolute(
            host: authority.host, port: authority.port ?? defaultPort,
            try PathAndQuery(target.extracting(end..<target.count)))
    }
}

extension Span<UInt8> {
    /// - Parameter scheme: in lower case; that of the request may be in any.
    fileprivate func begins(withScheme scheme: StaticString) -> Bool {
        let length = scheme.utf8CodeUnitCount
        guard count >= length else { return false }
        return unsafe extracting(0..<length).withUnsafeBytes { bytes in
            unsafe equalsIgnoringCase(bytes, lowercase: UnsafeRawBufferPointer(start: scheme.utf8Start, count: length))
        }
    }
}
