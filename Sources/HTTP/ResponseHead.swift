/// The head of an answer: its status line and its fields (RFC 9112 sections 4 and 5), HTTP/1.1 only.
package struct ResponseHead: Sendable {
    /// 100 to 599.
    package let status: Int
    package let reasonPhrase: String
    package let fields: HeaderFields

    /// - Parameter head: exactly one head, as `HeadScanner` found it.
    package init(_ head: UnsafeRawBufferPointer) throws(HTTPError) {
        var fields = unsafe HeaderFields(copying: head)
        let bytes = fields.bytes
        guard bytes.count > 14, bytes.starts(with: Array("HTTP/".utf8)) else {
            throw .malformed("this is no HTTP answer")
        }
        guard bytes.starts(with: Array("HTTP/1.1 ".utf8)) else { throw .versionNotSupported }
        var status = 0
        for digit in bytes[9..<12] {
            guard (0x30...0x39).contains(digit) else { throw .malformed("the status is no number of three digits") }
            status = status * 10 + Int(digit - 0x30)
        }
        guard (100...599).contains(status) else { throw .malformed("the status is not between 100 and 599") }
        var end = 12
        while Grammar.isFieldValue(bytes[end]) { end += 1 }
        guard bytes[end] == 0x0d, bytes[end + 1] == 0x0a, end == 12 || bytes[12] == 0x20 else {
            throw .malformed("the status line holds a control character")
        }
        try fields.parse(end + 2..<bytes.count - 2)
        self.status = status
        reasonPhrase = end > 13 ? fields.text(13..<end) : ""
        self.fields = fields
    }

    /// How the body is framed, given the request's method.
    package func bodyFraming(toHead: Bool) throws(HTTPError) -> BodyFraming {
        if toHead || status < 200 || status == 204 || status == 304 { return .none }
        return try BodyFraming(ofResponse: fields)
    }

    package var keepsAlive: Bool { !fields.hasToken("close", in: .connection) }
}
