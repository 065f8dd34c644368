import Addressing

/// A request that goes on to a kubelet: `/api/v1/nodes/NAME:PORT/proxy/...` (pkg/registry/core/node of Kubernetes).
struct NodeProxy {
    let kubelet: SocketAddress
    /// Whether the connection is TLS: the kubelet's own port always is, another one where the path says `https:`.
    let isTLS: Bool
    /// Path and query.
    let target: String

    /// `https:node-a:10250`, as `SplitSchemeNamePort` takes it apart; nil for what it calls invalid.
    struct Place {
        var scheme = ""
        let name: String
        var port = ""

        init?(_ text: String) {
            let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
            switch parts.count {
            case 1: name = parts[0]
            case 2: (name, port) = (parts[0], parts[1])
            case 3 where ["http", "https"].contains(parts[0]): (scheme, name, port) = (parts[0], parts[1], parts[2])
            default: return nil
            }
            if name.isEmpty { return nil }
        }
    }

    /// What a path asks for: the node's place and the path behind `proxy`. Nil: not the node proxy's.
    static func parts(of path: String) -> (place: String, path: String)? {
        let prefix = ResourceKind.nodes.collectionPath + "/"
        guard path.hasPrefix(prefix) else { return nil }
        let segments = path.dropFirst(prefix.count).split(separator: "/", omittingEmptySubsequences: false)
        guard segments.count >= 2, segments[1] == "proxy" else { return nil }
        return (String(segments[0]), "/" + segments.dropFirst(2).joined(separator: "/"))
    }
}

extension FakeAPIState {
    /// The rights come first, then the node. The addresses of this cluster are loopback ones, which the real server refuses
    /// to dial on ports that are not the kubelet's.
    func nodeProxy(_ parts: (place: String, path: String), query: String?) throws(APIStatus) -> NodeProxy {
        guard let place = NodeProxy.Place(parts.place) else {
            throw .badRequest("invalid node request \"\(parts.place)\"")
        }
        guard let node = nodesByName[place.name] else { throw .notFound(place.name, .nodes) }
        // Names are preferred, which nobody resolves here.
        guard let ip = node.addresses.lazy.filter({ $0.type.hasSuffix("IP") }).compactMap({ IPAddress($0.value) }).first
        else {
            throw APIStatus(
                code: 500, reason: "InternalError", message: "no preferred addresses found; known addresses: []")
        }
        let isOwnPort = place.port.isEmpty || place.port == "\(node.kubeletPort)"
        guard let port = isOwnPort ? node.kubeletPort : UInt16(place.port) else {
            throw .unreachable("dial tcp: lookup tcp/\(place.port): unknown port")
        }
        let target = parts.path + (query.map { "?\($0)" } ?? "")
        return NodeProxy(
            kubelet: SocketAddress(ip, port: port), isTLS: isOwnPort || place.scheme == "https", target: target)
    }
}

extension APIStatus {
    /// The node's kubelet does not answer.
    static func unreachable(_ error: String) -> APIStatus {
        APIStatus(code: 503, reason: "ServiceUnavailable", message: "error trying to reach service: \(error)")
    }
}
