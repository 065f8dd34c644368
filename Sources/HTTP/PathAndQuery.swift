/// Path and query of a request target.
package struct PathAndQuery: Equatable, Sendable {
    /// Percent-decoded once, dot segments resolved (RFC 3986 section 5.2.4): what an allow-list compares (spec 11.2).
    package let path: String
    /// As it came, without the question mark; nil where there is none.
    package let query: String?

    package init(_ text: Substring) throws(HTTPError) {
        guard !text.utf8.contains(UInt8(ascii: "#")) else { throw .malformed("the request target has a fragment") }
        let questionMark = text.firstIndex(of: "?") ?? text.endIndex
        guard let decoded = Self.decode(text[..<questionMark].utf8, plusIsSpace: false) else {
            throw .malformed("the path has a broken percent encoding")
        }
        path = Self.resolvingDotSegments(decoded)
        query = questionMark < text.endIndex ? String(text[text.index(after: questionMark)...]) : nil
    }

    /// Takes the parameters named out of the query.
    ///
    /// - Returns: the values of each name, decoded, in order; and what is left of the query, byte for byte as it came.
    package func removing(_ names: [String]) throws(HTTPError) -> (values: [[String]], rest: String?) {
        var values = [[String]](repeating: [], count: names.count)
        guard let query else { return (values, nil) }
        var kept: [Substring] = []
        for parameter in query.split(separator: "&", omittingEmptySubsequences: false) {
            let equals = parameter.firstIndex(of: "=") ?? parameter.endIndex
            guard let name = Self.decode(parameter[..<equals].utf8, plusIsSpace: true) else {
                throw .malformed("the query has a broken percent encoding")
            }
            guard let position = names.firstIndex(of: name) else {
                kept.append(parameter)
                continue
            }
            let encoded = equals < parameter.endIndex ? parameter[parameter.index(after: equals)...] : ""
            guard let value = Self.decode(encoded.utf8, plusIsSpace: true) else {
                throw .malformed("the query has a broken percent encoding")
            }
            values[position].append(value)
        }
        let rest = kept.joined(separator: "&")
        return (values, rest.isEmpty ? nil : rest)
    }

    private static func decode(_ text: Substring.UTF8View, plusIsSpace: Bool) -> String? {
        guard text.contains(where: { $0 == UInt8(ascii: "%") || (plusIsSpace && $0 == UInt8(ascii: "+")) }) else {
            return String(text)
        }
        var decoded: [UInt8] = []
        var bytes = text.makeIterator()
        while let byte = bytes.next() {
            if byte == UInt8(ascii: "%") {
                guard let high = bytes.next().flatMap(Grammar.hexadecimalValue),
                    let low = bytes.next().flatMap(Grammar.hexadecimalValue)
                else { return nil }
                decoded.append(high << 4 | low)
            } else {
                decoded.append(plusIsSpace && byte == UInt8(ascii: "+") ? 0x20 : byte)
            }
        }
        return String(validating: decoded, as: UTF8.self)
    }

    private static func resolvingDotSegments(_ path: String) -> String {
        guard path.contains("/.") else { return path }
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
