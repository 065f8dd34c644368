/// The head of an answer: its status line and its fields (RFC 9112 sections 4 and 5), HTTP/1.1 only.
package struct ResponseHead: Sendable {
    /// 100 to 599.
    package let status: Int
    package let reasonPhrase: String
    package let fields: HeaderFields

    /// - Parameter head: exactly one head, as `HeadScanner` found it.
    package init(_ head: UnsafeRawBufferPointer) throws(HTTPError) {
        var fields = unsafe HeaderFields(copying: head)
        let line = try StatusLine(fields.bytes.span)
        try fields.parse(line.end..<fields.bytes.count - 2)
        status = line.status
        reasonPhrase = fields.text(line.reason)
        self.fields = fields
    }

    /// How the body is framed, given the request's method.
    package func bodyFraming(toHead: Bool) throws(HTTPError) -> BodyFraming {
        if toHead || status < 200 || status == 204 || status == 304 { return .none }
        return try BodyFraming(ofResponse: fields)
    }

    package var keepsAlive: Bool { !fields.hasToken("close", in: .connection) }
}

/// `HTTP/1.1 200 OK`, taken apart by position.
private struct StatusLine {
    let status: Int
    let reason: Range<Int>
    /// Behind the line's CRLF.
    let end: Int

    init(_ bytes: Span<UInt8>) throws(HTTPError) {
        guard bytes.count > 14, bytes.starts(with: "HTTP/") else { throw .malformed("this is no HTTP answer") }
        guard bytes.starts(with: "HTTP/1.1 ") else { throw .versionNotSupported }
        var status = 0
        for position in 9..<12 {
            let digit = bytes[position]
            guard (0x30...0x39).contains(digit) else { throw .malformed("the status is no number of three digits") }
            status = status * 10 + Int(digit - 0x30)
        }
        guard (100...599).contains(status) else { throw .malformed("the status is not between 100 and 599") }
        var lineEnd = 12
        while Grammar.isFieldValue(bytes[lineEnd]) { lineEnd += 1 }
        guard bytes[lineEnd] == 0x0d, bytes[lineEnd + 1] == 0x0a, lineEnd == 12 || bytes[12] == 0x20 else {
            throw .malformed("the status line holds a control character")
        }
        self.status = status
        reason = min(13, lineEnd)..<lineEnd
        end = lineEnd + 2
    }
}
