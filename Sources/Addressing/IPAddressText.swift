// Text to address and back. Strict: what inet_aton adds (octal, hexadecimal, fewer than four parts) and zones are
// refused, because two readers of one spelling must never see two addresses (spec 11.3).

extension IPAddress {
    /// Reads `10.0.0.5`, `2001:db8::1` or `::ffff:10.0.0.5`; no brackets, no zone, no port.
    package init?(_ text: some StringProtocol) {
        let text = String(text)
        self.init(utf8: text.utf8.span)
    }

    package init?(utf8 text: Span<UInt8>) {
        if text.contains(UInt8(ascii: ":")) {
            guard let (high, low) = Self.halves(of: text) else { return nil }
            self.init(high: high, low: low)
        } else {
            guard let value = Self.dottedQuad(text) else { return nil }
            self.init(v4: value)
        }
    }

    private static func dottedQuad(_ text: Span<UInt8>) -> UInt32? {
        var value: UInt32 = 0
        var octet: UInt32 = 0
        var digits = 0
        var dots = 0
        for position in text.indices {
            let byte = text[position]
            if byte == UInt8(ascii: ".") {
                guard digits > 0, dots < 3 else { return nil }
                value = value << 8 | octet
                (octet, digits, dots) = (0, 0, dots + 1)
            } else {
                // A leading zero means octal to some readers.
                guard (0x30...0x39).contains(byte), digits == 0 || octet > 0 else { return nil }
                octet = octet * 10 + UInt32(byte - 0x30)
                guard octet <= 255 else { return nil }
                digits += 1
            }
        }
        return dots == 3 && digits > 0 ? value << 8 | octet : nil
    }

    /// The two halves of an IPv6 address (RFC 4291 section 2.2).
    private static func halves(of text: Span<UInt8>) -> (UInt64, UInt64)? {
        var groups = InlineArray<8, UInt16>(repeating: 0)
        var count = 0
        /// How many groups stand before `::`.
        var gap: Int?
        var position = 0
        if text.count >= 2, text[0] == UInt8(ascii: ":"), text[1] == UInt8(ascii: ":") { (gap, position) = (0, 2) }
        while position < text.count {
            guard count < 8, let (group, end) = group(of: text, at: position) else { return nil }
            if end < text.count, text[end] == UInt8(ascii: ".") {
                guard count < 7, let quad = dottedQuad(text.extracting(position..<text.count)) else { return nil }
                groups[count] = UInt16(quad >> 16)
                groups[count + 1] = UInt16(truncatingIfNeeded: quad)
                count += 2
                break
            }
            groups[count] = group
            count += 1
            guard end < text.count else { break }
            // A colon, and behind it a group or a second colon.
            position = end + 1
            guard text[end] == UInt8(ascii: ":"), position < text.count else { return nil }
            if text[position] == UInt8(ascii: ":") {
                guard gap == nil else { return nil }
                (gap, position) = (count, position + 1)
            }
        }
        let missing = 8 - count
        guard gap == nil ? missing == 0 : missing > 0 else { return nil }
        let gapStart = gap ?? 8
        var (high, low): (UInt64, UInt64) = (0, 0)
        for index in 0..<8 {
            let isInGap = index >= gapStart && index < gapStart + missing
            let group = isInGap ? 0 : groups[index < gapStart ? index : index - missing]
            (high, low) = (high << 16 | low >> 48, low << 16 | UInt64(group))
        }
        return (high, low)
    }

    /// One to four hexadecimal digits, and where they end.
    private static func group(of text: Span<UInt8>, at start: Int) -> (value: UInt16, end: Int)? {
        var value: UInt16 = 0
        var end = start
        while end < text.count {
            let byte = text[end]
            let digit: UInt8
            switch byte {
            case 0x30...0x39: digit = byte - 0x30
            case 0x41...0x46: digit = byte - 0x41 + 10
            case 0x61...0x66: digit = byte - 0x61 + 10
            default: return end > start ? (value, end) : nil
            }
            guard end - start < 4 else { return nil }
            value = value << 4 | UInt16(digit)
            end += 1
        }
        return end > start ? (value, end) : nil
    }
}

extension Span<UInt8> {
    func contains(_ byte: UInt8) -> Bool {
        for position in indices where self[position] == byte { return true }
        return false
    }
}

extension IPAddress: CustomStringConvertible {
    /// The canonical spelling (RFC 5952), without brackets.
    package var description: String {
        if let v4 { return Self.text(of: v4) }
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

    /// Digit by digit: string interpolation shows in the profile of small scrapes.
    private static func text(of v4: UInt32) -> String {
        unsafe String(unsafeUninitializedCapacity: 15) { text in
            var count = 0
            func put(_ byte: UInt8) {
                unsafe text[count] = byte
                count += 1
            }
            for shift: UInt32 in [24, 16, 8, 0] {
                let octet = UInt8(truncatingIfNeeded: v4 >> shift)
                if octet >= 100 { put(0x30 + octet / 100) }
                if octet >= 10 { put(0x30 + octet / 10 % 10) }
                put(0x30 + octet % 10)
                if shift > 0 { put(UInt8(ascii: ".")) }
            }
            return count
        }
    }
}
