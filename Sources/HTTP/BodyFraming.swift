/// How the length of a body is told (RFC 9112 section 6).
package enum BodyFraming: Equatable, Sendable {
    case none
    case length(Int)
    case chunked
    /// Up to the end of the connection: a cut can't be told from the end, so no scrape is taken from it (spec 3.8).
    case untilClose

    init(ofRequest fields: HeaderFields) throws(HTTPError) {
        self = try Self.explicit(fields) ?? .none
    }

    init(ofResponse fields: HeaderFields) throws(HTTPError) {
        self = try Self.explicit(fields) ?? .untilClose
    }

    private static func explicit(_ fields: HeaderFields) throws(HTTPError) -> BodyFraming? {
        let length = try contentLength(fields)
        guard let coding = try fields.single(.transferEncoding) else { return length.map { .length($0) } }
        guard length == nil else { throw .malformed("both Transfer-Encoding and Content-Length are given") }
        // As bytes: in Unicode's lower case the Kelvin sign is a k, and to other readers no such coding.
        guard coding.utf8.elementsEqual("chunked".utf8, by: { $0 | 0x20 == $1 }) else {
            throw .malformed("a transfer coding other than chunked")
        }
        return .chunked
    }

    private static func contentLength(_ fields: HeaderFields) throws(HTTPError) -> Int? {
        guard let text = try fields.single(.contentLength) else { return nil }
        // One decimal number: no sign, no list, no number that overflows.
        guard !text.isEmpty, text.utf8.count <= 18, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            let length = Int(text)
        else { throw .malformed("Content-Length is not one decimal number") }
        return length
    }
}
