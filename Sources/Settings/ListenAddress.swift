package import Addressing

/// Where to listen: one address, or every interface of the machine.
package enum ListenAddress: Hashable, Sendable {
    /// Written `:9480`: IPv4 and IPv6 alike.
    case everyInterface(port: UInt16)
    /// `0.0.0.0` and `[::]` stand here too: all of one family.
    case socket(SocketAddress)

    package static func loopback(port: UInt16) -> ListenAddress {
        .socket(SocketAddress(.loopbackV4, port: port))
    }

    /// Port 0: the system picks a free one.
    package var port: UInt16 {
        switch self {
        case .everyInterface(let port): port
        case .socket(let address): address.port
        }
    }

    /// Whether only this machine can reach it.
    package var isLoopback: Bool {
        switch self {
        case .everyInterface: false
        case .socket(let address): address.ip.isLoopback
        }
    }
}

extension ListenAddress: CustomStringConvertible {
    package var description: String {
        switch self {
        case .everyInterface(let port): ":\(port)"
        case .socket(let address): "\(address)"
        }
    }
}

extension ListenAddress {
    /// Reads `127.0.0.1:9480`, `[::1]:9480`, `localhost:9480` or `:9480`. Other names are refused: names are never
    /// looked up (spec 11.3), and a listener that moves with DNS is no listener.
    package init?(_ text: some StringProtocol) {
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
