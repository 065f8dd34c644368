/// An IP address and a TCP port: where a connection ends, and the key of spec 4.3.
package struct SocketAddress: Hashable, Sendable {
    package let ip: IPAddress
    package let port: UInt16

    package init(_ ip: IPAddress, port: UInt16) {
        self.ip = ip
        self.port = port
    }

    /// Reads `10.0.0.5:10250` or `[2001:db8::1]:10250`.
    package init?(_ text: some StringProtocol) {
        guard let pair = HostAndPort(text), let port = pair.port, case .address(let ip) = pair.host else { return nil }
        self.init(ip, port: port)
    }
}

extension SocketAddress: CustomStringConvertible {
    /// `10.0.0.5:10250`; IPv6 in brackets.
    package var description: String { ip.isV4 ? "\(ip):\(port)" : "[\(ip)]:\(port)" }
}

extension SocketAddress: Comparable {
    package static func < (left: SocketAddress, right: SocketAddress) -> Bool {
        (left.ip, left.port) < (right.ip, right.port)
    }
}
