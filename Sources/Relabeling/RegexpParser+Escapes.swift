extension RegexpParser {
    /// Reads what follows a backslash outside a class; `start` is the backslash.
    mutating func parseBackslash(from start: Int) throws(RegexpSyntaxError) {
        switch peek() {
        case "A", "b", "B", "z":
            let kind: RegexpNode.Kind = peek() == "A" ? .beginText : peek() == "z" ? .endText : .opaque
            position += 1
            try append(kind)
        case "C": throw error("invalid escape sequence", from: start, to: position + 1)
        case "Q":
            position += 1
            // Without \E the quotation lasts to the end of the pattern.
            while !isAtEnd, !skip("\\E") {
                if let scalar = peek() { try append(.literal(scalar, foldsCase: flags.foldsCase)) }
                position += 1
            }
        default:
            if try skipClassEscape(from: start) {
                try append(.opaque)
            } else {
                try append(.literal(try parseEscape(from: start), foldsCase: flags.foldsCase))
            }
        }
    }

    /// Skips a class such as `\d` or `\pL` behind its backslash; false where it is no class.
    private mutating func skipClassEscape(from start: Int) throws(RegexpSyntaxError) -> Bool {
        switch peek() {
        case "d", "D", "s", "S", "w", "W":
            position += 1
            return true
        case "p", "P":
            position += 1
            guard let first = peek() else { throw error("invalid character class range", from: start) }
            position += 1
            guard first == "{" else { return true }
            while let scalar = peek() {
                position += 1
                if scalar == "}" { return true }
            }
            throw error("invalid character class range", from: start)
        default: return false
        }
    }

    /// Reads an escaped character behind its backslash.
    private mutating func parseEscape(from start: Int) throws(RegexpSyntaxError) -> Unicode.Scalar {
        guard let scalar = peek() else {
            throw RegexpSyntaxError(problem: "trailing backslash at end of expression", expression: "")
        }
        position += 1
        switch scalar {
        case "a": return "\u{7}"
        case "f": return "\u{c}"
        case "n": return "\n"
        case "r": return "\r"
        case "t": return "\t"
        case "v": return "\u{b}"
        case "x": return try parseHexadecimal(from: start)
        // A single digit other than 0 would be a back-reference.
        case "1"..."7" where peek().map { "0"..."7" ~= $0 } == true, "0": return parseOctal(scalar)
        case _ where scalar.isASCII && (scalar == "_" || !Self.isWordCharacter(scalar)): return scalar
        default: throw error("invalid escape sequence", from: start, to: position)
        }
    }

    private mutating func parseOctal(_ first: Unicode.Scalar) -> Unicode.Scalar {
        var value = first.value - 0x30
        for _ in 0..<2 {
            guard let digit = peek(), "0"..."7" ~= digit else { break }
            value = value * 8 + digit.value - 0x30
            position += 1
        }
        return Unicode.Scalar(value) ?? "\u{fffd}"
    }

    /// Reads `41` or `{1F600}` behind `\x`.
    private mutating func parseHexadecimal(from start: Int) throws(RegexpSyntaxError) -> Unicode.Scalar {
        let braced = skip("{")
        var value: UInt32 = 0
        var digits = 0
        while braced || digits < 2, let scalar = peek() {
            position += 1
            if braced, scalar == "}", digits > 0 { break }
            // Go reads both digits before it judges the first.
            guard let digit = Self.hexadecimalDigit(scalar), value * 16 + digit <= 0x10_ffff else {
                if !braced, digits == 0, peek() != nil { position += 1 }
                throw error("invalid escape sequence", from: start, to: position)
            }
            value = value * 16 + digit
            digits += 1
            if isAtEnd, braced { throw error("invalid escape sequence", from: start, to: position) }
        }
        guard digits > 0, braced || digits == 2 else {
            throw error("invalid escape sequence", from: start, to: position)
        }
        guard let scalar = Unicode.Scalar(value) else {
            namesSurrogate = true
            return "\u{fffd}"
        }
        return scalar
    }

    private static func hexadecimalDigit(_ scalar: Unicode.Scalar) -> UInt32? {
        switch scalar {
        case "0"..."9": scalar.value - 0x30
        case "a"..."f": scalar.value - 0x61 + 10
        case "A"..."F": scalar.value - 0x41 + 10
        default: nil
        }
    }

    /// Reads a class behind its bracket; `start` is the bracket.
    mutating func parseClass(from start: Int) throws(RegexpSyntaxError) {
        let isNegated = skip("^")
        var single: [Unicode.Scalar]? = isNegated || flags.foldsCase ? nil : []
        var isFirst = true
        // A ] that comes first is a member.
        while peek() != "]" || isFirst {
            isFirst = false
            if try skipNamedClass() {
                single = nil
                continue
            }
            let memberStart = position
            if skip("\\") {
                if try skipClassEscape(from: memberStart) {
                    single = nil
                    continue
                }
                position = memberStart
            }
            let first = try parseClassCharacter(of: start)
            var last = first
            if peek() == "-", let next = peek(1), next != "]" {
                position += 1
                last = try parseClassCharacter(of: start)
                guard first <= last else {
                    throw error("invalid character class range", from: memberStart, to: position)
                }
            }
            if last.value - first.value < 16, (single?.count ?? 16) < 16 {
                single?.append(contentsOf: (first.value...last.value).compactMap(Unicode.Scalar.init))
            } else {
                single = nil
            }
        }
        position += 1
        switch (single ?? []).count {
        case 0: try append(.opaque)
        case 1: try append(.literal(single?.first ?? "\0", foldsCase: false))
        default: try append(.anyOf(single ?? []))
        }
    }

    private mutating func parseClassCharacter(of classStart: Int) throws(RegexpSyntaxError) -> Unicode.Scalar {
        guard let scalar = peek() else { throw error("missing closing ]", from: classStart) }
        position += 1
        guard scalar == "\\" else { return scalar }
        return try parseEscape(from: position - 1)
    }

    /// Skips `[:alpha:]`; false where there is none.
    private mutating func skipNamedClass() throws(RegexpSyntaxError) -> Bool {
        guard peek() == "[", peek(1) == ":", peek(2) != nil else { return false }
        let start = position
        var name = ""
        position += 2
        while !isAtEnd, !skip(":]") {
            if let scalar = peek() { name.unicodeScalars.append(scalar) }
            position += 1
            if isAtEnd {
                position = start
                return false
            }
        }
        let known: Set = [
            "alnum", "alpha", "ascii", "blank", "cntrl", "digit", "graph", "lower", "print", "punct", "space", "upper",
            "word", "xdigit",
        ]
        guard known.contains(name.first == "^" ? String(name.dropFirst()) : name) else {
            throw error("invalid character class range", from: start, to: position)
        }
        return true
    }
}
