/// The host of a request target, a Host field or a configured address: an IP address or a name, which is never looked
/// up in DNS (spec 11.3).
package enum Host: Hashable, Sendable, CustomStringConvertible {
    case address(IPAddress)
    /// In lower case: host names are compared without regard to case (RFC 9110 section 4.2.3).
    case name(String)

    /// Reads a name, an IPv4 address, or an IPv6 address in brackets. A host that only looks like an IPv4 address
    /// (`010.0.0.5`, `10.5`) is refused, not taken for a name.
    package init?(_ text: some StringProtocol) {
        let text = String(text)
        self.init(utf8: text.utf8.span)
    }

    package init?(utf8 text: Span<UInt8>) {
        guard !text.isEmpty else { return nil }
        if text[0] == UInt8(ascii: "[") {
            guard text.count > 2, text[text.count - 1] == UInt8(ascii: "]") else { return nil }
            let inner = text.extracting(1..<text.count - 1)
            guard inner.contains(UInt8(ascii: ":")), let address = IPAddress(utf8: inner) else { return nil }
            self = .address(address)
        } else if !text.contains(UInt8(ascii: ":")), let address = IPAddress(utf8: text) {
            self = .address(address)
        } else {
            guard Self.isName(text) else { return nil }
            let name = unsafe text.withUnsafeBytes { unsafe String(decoding: $0, as: UTF8.self) }
            self = .name(name.lowercased())
        }
    }

    package var description: String {
        switch self {
        case .address(let ip): ip.isV4 ? "\(ip)" : "[\(ip)]"
        case .name(let name): name
        }
    }

    private static func isName(_ text: Span<UInt8>) -> Bool {
        guard text.count <= 253, text[text.count - 1] != UInt8(ascii: "-") else { return false }
        for position in text.indices {
            switch text[position] {
            case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"): break
            default: return false
            }
        }
        return !endsInNumber(text)
    }

    /// A last label of digits alone, or hexadecimal with 0x, is an IPv4 address to some readers (WHATWG URL).
    private static func endsInNumber(_ text: Span<UInt8>) -> Bool {
        var end = text.count
        // The root's dot behind a name is no label.
        while end > 0, text[end - 1] == UInt8(ascii: ".") { end -= 1 }
        var start = end
        while start > 0, text[start - 1] != UInt8(ascii: ".") { start -= 1 }
        if end - start >= 2, text[start] == 0x30, text[start + 1] | 0x20 == UInt8(ascii: "x") { return true }
        for position in start..<end where !(0x30...0x39).contains(text[position]) { return false }
        return true
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
        let text = String(text)
        self.init(utf8: text.utf8.span)
    }

    package init?(utf8 text: Span<UInt8>) {
        guard !text.isEmpty else { return nil }
        var colon = text.count
        if text[text.count - 1] != UInt8(ascii: "]") {
            while colon > 0, text[colon - 1] != UInt8(ascii: ":") { colon -= 1 }
            // Behind the last colon begins the port; without a colon all is host.
            colon = colon > 0 ? colon - 1 : text.count
        }
        guard let host = Host(utf8: text.extracting(0..<colon)) else { return nil }
        guard colon < text.count else {
            self.init(host, port: nil)
            return
        }
        guard let port = Self.port(text.extracting(colon + 1..<text.count)) else { return nil }
        self.init(host, port: port)
    }

    private static func port(_ digits: Span<UInt8>) -> UInt16? {
        var port: UInt32 = 0
        for position in digits.indices {
            guard (0x30...0x39).contains(digits[position]) else { return nil }
            port = port * 10 + UInt32(digits[position] - 0x30)
            guard port <= 65535 else { return nil }
        }
        return port > 0 ? UInt16(port) : nil
    }

    package var description: String { port.map { "\(host):\($0)" } ?? "\(host)" }
}
