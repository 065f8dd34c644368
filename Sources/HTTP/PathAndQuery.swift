/// Path and query of a request target.
package struct PathAndQuery: Equatable, Sendable {
    /// Percent-decoded once, dot segments resolved (RFC 3986 section 5.2.4): what an allow-list compares (spec 11.2).
    package let path: String
    /// As it came, without the question mark; nil where there is none.
    package let query: String?

    /// - Parameter path: decoded and resolved.
    init(path: String, query: String?) {
        self.path = path
        self.query = query
    }

    /// - Parameter text: a URL's rest behind its authority; an empty path is `/` (RFC 9110 section 4.2.3).
    package init(_ text: Span<UInt8>) throws(HTTPError) {
        guard text.firstPosition(of: UInt8(ascii: "#")) == text.count else {
            throw .malformed("the request target has a fragment")
        }
        let questionMark = text.firstPosition(of: UInt8(ascii: "?"))
        guard let decoded = text.extracting(0..<questionMark).percentDecoded(plusIsSpace: false) else {
            throw .malformed("the path has a broken percent encoding")
        }
        path = decoded.isEmpty ? "/" : Self.resolvingDotSegments(decoded)
        query = questionMark < text.count ? text.extracting(questionMark + 1..<text.count).string : nil
    }

    /// Takes the parameters named out of the query.
    ///
    /// - Returns: the values of each name, decoded, in order; and what is left of the query, byte for byte as it came.
    package func removing(_ names: [String]) throws(HTTPError) -> (values: [[String]], rest: String?) {
        var values: [[String]] = names.map { _ in [] }
        guard let query else { return (values, nil) }
        let text = query.utf8.span
        var kept: [UInt8] = []
        var keptCount = 0
        var start = 0
        while start <= text.count {
            let end = text.firstPosition(of: UInt8(ascii: "&"), from: start)
            let parameter = text.extracting(start..<end)
            start = end + 1
            let equals = parameter.firstPosition(of: UInt8(ascii: "="))
            guard let position = try parameter.extracting(0..<equals).position(in: names) else {
                if keptCount > 0 { kept.append(UInt8(ascii: "&")) }
                keptCount += 1
                unsafe parameter.withUnsafeBytes { unsafe kept.append(contentsOf: $0) }
                continue
            }
            let encoded = parameter.extracting(min(equals + 1, parameter.count)..<parameter.count)
            guard let value = encoded.percentDecoded(plusIsSpace: true) else {
                throw .malformed("the query has a broken percent encoding")
            }
            values[position].append(value)
        }
        return (values, kept.isEmpty ? nil : String(decoding: kept, as: UTF8.self))
    }

    private static func resolvingDotSegments(_ path: String) -> String {
        guard path.utf8.span.holdsDotSegment else { return path }
        var segments: [Substring] = []
        let parts = path.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
        for (position, part) in parts.enumerated() {
            let isLast = position == parts.count - 1
            switch part {
            case ".": if isLast { segments.append("") }
            case "..":
                _ = segments.popLast()
                if isLast { segments.append("") }
            default: segments.append(part)
            }
        }
        return "/" + segments.joined(separator: "/")
    }
}

extension Span<UInt8> {
    fileprivate var holdsDotSegment: Bool {
        var previous: UInt8 = 0
        for position in indices {
            if previous == UInt8(ascii: "/"), self[position] == UInt8(ascii: ".") { return true }
            previous = self[position]
        }
        return false
    }

    /// Where among the names this one stands, which may be encoded; nil where it does not.
    fileprivate func position(in names: [String]) throws(HTTPError) -> Int? {
        guard isPlain(plusIsSpace: true) else {
            guard let name = percentDecoded(plusIsSpace: true) else {
                throw .malformed("the query has a broken percent encoding")
            }
            return names.firstIndex(of: name)
        }
        for position in names.indices where names[position].utf8.count == count {
            var isSame = true
            var index = 0
            for byte in names[position].utf8 {
                if self[index] != byte { isSame = false }
                index += 1
            }
            if isSame { return position }
        }
        return nil
    }

    private func isPlain(plusIsSpace: Bool) -> Bool {
        firstPosition(of: UInt8(ascii: "%")) == count
            && (!plusIsSpace || firstPosition(of: UInt8(ascii: "+")) == count)
    }

    /// Nil: a broken encoding, or no UTF-8.
    fileprivate func percentDecoded(plusIsSpace: Bool) -> String? {
        guard !isPlain(plusIsSpace: plusIsSpace) else { return string }
        var decoded: [UInt8] = []
        var position = 0
        while position < count {
            let byte = self[position]
            position += 1
            if byte == UInt8(ascii: "%") {
                guard position + 2 <= count, let high = Grammar.hexadecimalValue(self[position]),
                    let low = Grammar.hexadecimalValue(self[position + 1])
                else { return nil }
                position += 2
                decoded.append(high << 4 | low)
            } else {
                decoded.append(plusIsSpace && byte == UInt8(ascii: "+") ? 0x20 : byte)
            }
        }
        return String(validating: decoded, as: UTF8.self)
    }
}
