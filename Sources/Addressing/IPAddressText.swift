// Text to address and back. Strict: what inet_aton adds (octal, hexadecimal, fewer than four parts) and zones are
// refused, because two readers of one spelling must never see two addresses (spec 11.3).

extension IPAddress {
    /// Reads `10.0.0.5`, `2001:db8::1` or `::ffff:10.0.0.5`; no brackets, no zone, no port.
    package init?(_ text: some StringProtocol) {
        self.init(utf8: Array(text.utf8))
    }

    package init?(utf8 text: some RandomAccessCollection<UInt8>) {
        if text.contains(UInt8(ascii: ":")) {
            guard let groups = Self.groups(of: text) else { return nil }
            var halves: (UInt64, UInt64) = (0, 0)
            for group in groups[..<4] { halves.0 = halves.0 << 16 | UInt64(group) }
            for group in groups[4...] { halves.1 = halves.1 << 16 | UInt64(group) }
            self.init(high: halves.0, low: halves.1)
        } else {
            guard let value = Self.dottedQuad(text) else { return nil }
            self.init(v4: value)
        }
    }

    private static func dottedQuad(_ text: some Collection<UInt8>) -> UInt32? {
        var value: UInt32 = 0
        var parts = 0
        for part in text.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false) {
            guard (1...3).contains(part.count), part.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
            // A leading zero means octal to some readers.
            guard part.count == 1 || part.first != 0x30 else { return nil }
            let octet = part.reduce(UInt32(0)) { $0 * 10 + UInt32($1 - 0x30) }
            guard octet <= 255 else { return nil }
            value = value << 8 | octet
            parts += 1
        }
        return parts == 4 ? value : nil
    }

    /// The eight groups of an IPv6 address (RFC 4291 section 2.2).
    private static func groups(of text: some RandomAccessCollection<UInt8>) -> [UInt16]? {
        var before: [UInt16] = []
        var after: [UInt16] = []
        var gap = false
        let parts = text.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
        guard parts.count >= 3, parts.count <= 9 else { return nil }
        for (position, part) in parts.enumerated() {
            if part.isEmpty {
                let atEdge = position == 0 || position == parts.count - 1
                // A leading or trailing "::" shows as two empty parts, of which the outer one is no gap of its own.
                if atEdge {
                    let neighbour = position == 0 ? parts[1] : parts[parts.count - 2]
                    guard neighbour.isEmpty else { return nil }
                    continue
                }
                guard !gap else { return nil }
                gap = true
            } else if position == parts.count - 1, part.contains(UInt8(ascii: ".")) {
                guard let value = dottedQuad(part) else { return nil }
                let pair = [UInt16(value >> 16), UInt16(truncatingIfNeeded: value)]
                if gap { after += pair } else { before += pair }
            } else {
                guard let group = hexadecimal(part) else { return nil }
                if gap { after.append(group) } else { before.append(group) }
            }
        }
        let count = before.count + after.count
        guard gap ? count <= 7 : count == 8 else { return nil }
        return before + Array(repeating: 0, count: 8 - count) + after
    }

    private static func hexadecimal(_ digits: some Collection<UInt8>) -> UInt16? {
        guard (1...4).contains(digits.count) else { return nil }
        var value: UInt16 = 0
        for digit in digits {
            switch digit {
            case 0x30...0x39: value = value << 4 | UInt16(digit - 0x30)
            case 0x41...0x46: value = value << 4 | UInt16(digit - 0x41 + 10)
            case 0x61...0x66: value = value << 4 | UInt16(digit - 0x61 + 10)
            default: return nil
            }
        }
        return value
    }
}

extension IPAddress: CustomStringConvertible {
    /// The canonical spelling (RFC 5952), without brackets.
    package var description: String {
        if let v4 {
            return "\(v4 >> 24).\(v4 >> 16 & 0xff).\(v4 >> 8 & 0xff).\(v4 & 0xff)"
        }
        let groups = (0..<8).map { UInt16(truncatingIfNeeded: ($0 < 4 ? high : low) >> (48 - 16 * UInt64($0 % 4))) }
        var longest = 0..<0
        var start = 0
        while start < 8 {
            var end = start
            while end < 8, groups[end] == 0 { end += 1 }
            if end - start > max(longest.count, 1) { longest = start..<end }
            start = max(end, start + 1)
        }
        let hex = groups.map { String($0, radix: 16) }
        guard !longest.isEmpty else { return hex.joined(separator: ":") }
        return hex[..<longest.lowerBound].joined(separator: ":") + "::"
            + hex[longest.upperBound...].joined(separator: ":")
    }
}
