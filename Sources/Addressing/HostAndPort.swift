/// The host of a request target, a Host field or a configured address: an IP address or a name, which is never looked
/// up in DNS (spec 11.3).
package enum Host: Hashable, Sendable, CustomStringConvertible {
    case address(IPAddress)
    /// In lower case: host names are compared without regard to case (RFC 9110 section 4.2.3).
    case name(String)

    /// Reads a name, an IPv4 address, or an IPv6 address in brackets. A host that only looks like an IPv4 address
    /// (`010.0.0.5`, `10.5`) is refused, not taken for a name.
    package init?(_ text: some StringProtocol) {
        if text.first == "[" {
            guard text.last == "]", let address = IPAddress(text.dropFirst().dropLast()), text.contains(":") else {
                return nil
            }
            self = .address(address)
        } else if let address = IPAddress(text), !text.contains(":") {
            self = .address(address)
        } else {
            guard Self.isName(Array(text.utf8)) else { return nil }
            self = .name(text.lowercased())
        }
    }

    package var description: String {
        switch self {
        case .address(let ip): ip.isV4 ? "\(ip)" : "[\(ip)]"
        case .name(let name): name
        }
    }

    private static func isName(_ text: [UInt8]) -> Bool {
        guard let last = text.last, text.count <= 253 else { return false }
        let legal = text.allSatisfy { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"): true
            default: false
            }
        }
        // A last label of digits alone, or hexadecimal with 0x, is an IPv4 address to some readers (WHATWG URL).
        let label = text.split(separator: UInt8(ascii: ".")).last ?? text[...]
        let numeric =
            label.allSatisfy { (0x30...0x39).contains($0) } || (label.starts(with: [0x30, 0x78]))
        return legal && !numeric && last != UInt8(ascii: "-")
    }
}

/// `host`, `host:port` or `[address]:port`, as in the authority of a URI (RFC 3986 section 3.2), without user information.
package struct HostAndPort: Hashable, Sendable, CustomStringConvertible {
    package let host: Host
    package let port: UInt16?

    package init(_ host: Host, port: UInt16?) {
        self.host = host
        self.port = port
    }

    /// Nil for a malformed host, and for a port that is empty, not decimal or over 65535.
    package init?(_ text: some StringProtocol) {
        let colon = text.last == "]" ? nil : text.lastIndex(of: ":")
        guard let host = Host(text[..<(colon ?? text.endIndex)]) else { return nil }
        guard let colon else {
            self.init(host, port: nil)
            return
        }
        let digits = text[text.index(after: colon)...]
        guard !digits.isEmpty, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let port = UInt16(digits),
            port > 0
        else { return nil }
        self.init(host, port: port)
    }

    package var description: String { port.map { "\(host):\($0)" } ?? "\(host)" }
}
