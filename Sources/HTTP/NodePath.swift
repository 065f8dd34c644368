/// The node that a path of the proxy's own leads to, spelled as the API server's node proxy has it: `node-a`,
/// `node-a:10250`, `https:node-a:10250`, `https:node-a:`.
package struct NodePath: Equatable, Sendable {
    package enum Scheme: String, Sendable {
        case http
        case https
    }

    /// As spelled, not empty: names of nodes may look like addresses, and are not read as such.
    package let name: String
    /// Nil: the kubelet's own.
    package let port: UInt16?
    /// Nil: whatever the port speaks.
    package let scheme: Scheme?

    /// Splits as `SplitSchemeNamePort` of k8s.io/apimachinery does.
    init(_ text: Substring) throws(HTTPError) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        var port: Substring = ""
        switch parts.count {
        case 1: (scheme, name) = (nil, String(parts[0]))
        case 2: (scheme, name, port) = (nil, String(parts[0]), parts[1])
        case 3:
            guard let scheme = Scheme(rawValue: String(parts[0])) else { throw Self.misspelt }
            (self.scheme, name, port) = (scheme, String(parts[1]), parts[2])
        default: throw Self.misspelt
        }
        guard !name.isEmpty else { throw Self.misspelt }
        guard !port.isEmpty else {
            self.port = nil
            return
        }
        guard port.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = UInt16(port), number > 0 else {
            throw Self.misspelt
        }
        self.port = number
    }

    private static let misspelt = HTTPError.malformed(
        "the path names no node: write NAME, NAME:PORT or https:NAME:PORT")
}

extension RequestTarget {
    /// What a path of the proxy's own leads to. For requests outside of tunnels alone: inside one, a path is the kubelet's.
    package func resolvingOwnPath() throws(HTTPError) -> RequestTarget {
        guard case .origin(let resource) = self else { return self }
        if resource.path == "/sd/kubelets" { return .discovery(resource) }
        let segments = resource.path.split(separator: "/", omittingEmptySubsequences: false).dropFirst()
        let before: Int
        if segments.first == "nodes" {
            before = 1
        } else if segments.starts(with: ["api", "v1", "nodes"]), segments.dropFirst(4).first == "proxy" {
            before = 3
        } else {
            return self
        }
        guard let place = segments.dropFirst(before).first, segments.count > before + 1 || !place.isEmpty else {
            return self
        }
        // The node proxy has a segment more between the node and the kubelet's path.
        let behind = segments.dropFirst(before == 1 ? 2 : 5)
        let path = behind.isEmpty ? "/" : behind.map { "/" + $0 }.joined()
        return .node(try NodePath(place), PathAndQuery(path: path, query: resource.query))
    }
}
