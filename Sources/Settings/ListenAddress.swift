package import Addressing

/// Where to listen: one address, every interface of the machine, or a Unix socket.
package enum ListenAddress: Hashable, Sendable {
    /// Written `:9480`: IPv4 and IPv6 alike.
    case everyInterface(port: UInt16)
    /// `0.0.0.0` stands here too: all of IPv4. And `[::]`: IPv6 and IPv4 alike, as in Go's programs.
    case socket(SocketAddress)
    /// Written `unix:/run/proxy.sock`.
    case unix(path: String)

    package static func loopback(port: UInt16) -> ListenAddress {
        .socket(SocketAddress(.loopbackV4, port: port))
    }

    /// Port 0: the system picks a free one. Nil: a Unix socket.
    package var port: UInt16? {
        switch self {
        case .everyInterface(let port): port
        case .socket(let address): address.port
        case .unix: nil
        }
    }

    /// Whether only this machine can reach it.
    package var isLoopback: Bool {
        switch self {
        case .everyInterface: false
        case .socket(let address): address.ip.isLoopback
        case .unix: true
        }
    }
}

extension ListenAddress: CustomStringConvertible {
    package var description: String {
        switch self {
        case .everyInterface(let port): ":\(port)"
        case .socket(let address): "\(address)"
        case .unix(let path): "unix:\(path)"
        }
    }
}

extension ListenAddress {
    /// Bytes of a Unix socket's path: the kernel takes no more.
    private static let maximumPathLength = 107

    /// Reads `127.0.0.1:9480`, `[::1]:9480`, `localhost:9480`, `:9480` or `unix:/run/proxy.sock`. Other names are refused: names are never
    /// looked up (spec 11.3), and a listener that moves with DNS is no listener.
    package init?(_ text: some StringProtocol) {
        if text.hasPrefix("unix:") {
            let path = String(text.dropFirst("unix:".count))
            guard path.hasPrefix("/"), !path.hasSuffix("/"), !path.utf8.contains(0),
                path.utf8.count <= Self.maximumPathLength
            else { return nil }
            self = .unix(path: path)
            return
        }
        guard let colon = text.lastIndex(of: ":") else { return nil }
        let (host, digits) = (text[..<colon], text[text.index(after: colon)...])
        guard !digits.isEmpty, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let port = UInt16(digits) else {
            return nil
        }
        if host.isEmpty {
            self = .everyInterface(port: port)
        } else if host.lowercased() == "localhost" {
            self = .loopback(port: port)
        } else {
            guard case .address(let ip) = Host(host) else { return nil }
            self = .socket(SocketAddress(ip, port: port))
        }
    }
}
