/// The head of a request: its line and its fields (RFC 9112 sections 2 to 5), HTTP/1.1 only. A CONNECT may be HTTP/1.0: it has no
/// answer that could be cut, and Python before 3.12 and `openssl s_client` send it so.
package struct RequestHead: Sendable {
    package enum Method: Sendable, Equatable {
        case get
        case head
        case connect
        case post
        case put
        case other
    }

    package let method: Method
    package let fields: HeaderFields
    /// Positions in the fields' bytes; visible ASCII characters.
    let targetRange: Range<Int>
    private let isHTTP10: Bool

    /// - Parameter head: exactly one head, as `HeadScanner` found it.
    package init(_ head: UnsafeRawBufferPointer) throws(HTTPError) {
        var fields = unsafe HeaderFields(copying: head)
        let line = try RequestLine(fields.bytes.span)
        try fields.parse(line.end..<fields.bytes.count - 2)
        method = Method(fields.bytes.span.extracting(line.method))
        targetRange = line.target
        isHTTP10 = line.isHTTP10
        self.fields = fields
        // A server must refuse these (RFC 9112 section 3.2): two readers could see two hosts. HTTP/1.0 may have none.
        var hosts = 0
        for field in fields.fields where field.id == .host { hosts += 1 }
        guard hosts == 1 || hosts == 0 && isHTTP10 else {
            throw .malformed("a request needs exactly one Host field")
        }
    }

    /// The request target as it came.
    package var target: String { fields.text(targetRange) }

    /// How the body is framed. Whatever could be read in two ways is refused (RFC 9112 section 6.3, spec 11.4).
    package func bodyFraming() throws(HTTPError) -> BodyFraming { try BodyFraming(ofRequest: fields) }

    /// Whether the connection may carry a further request.
    package var keepsAlive: Bool { !isHTTP10 && !fields.hasToken("close", in: .connection) }
}

extension RequestHead.Method {
    fileprivate init(_ name: Span<UInt8>) {
        self =
            if name.equals("GET") {
                .get
            } else if name.equals("HEAD") {
                .head
            } else if name.equals("CONNECT") {
                .connect
            } else if name.equals("POST") {
                .post
            } else if name.equals("PUT") {
                .put
            } else {
                .other
            }
    }
}

/// `GET /metrics HTTP/1.1`, taken apart by position.
private struct RequestLine {
    let method: Range<Int>
    let target: Range<Int>
    /// Behind the line's CRLF.
    let end: Int
    let isHTTP10: Bool

    init(_ bytes: Span<UInt8>) throws(HTTPError) {
        var position = 0
        while position < bytes.count, Grammar.isToken(bytes[position]) { position += 1 }
        guard position > 0, position < bytes.count, bytes[position] == 0x20 else {
            throw .malformed("this is no HTTP request")
        }
        method = 0..<position
        position += 1
        let start = position
        while position < bytes.count, bytes[position] > 0x20, bytes[position] < 0x7f { position += 1 }
        guard position > start, position < bytes.count, bytes[position] == 0x20 else {
            throw .malformed("the request target is missing or holds a character that must be encoded")
        }
        target = start..<position
        guard position + 11 <= bytes.count else { throw .malformed("this is no HTTP request") }
        let version = bytes.extracting(position + 1..<position + 11)
        guard version[8] == 0x0d, version[9] == 0x0a, version.starts(with: "HTTP/") else {
            throw .malformed("this is no HTTP request")
        }
        isHTTP10 = version.starts(with: "HTTP/1.0")
        guard version.starts(with: "HTTP/1.1") || isHTTP10 && bytes.extracting(method).equals("CONNECT") else {
            throw .versionNotSupported
        }
        end = position + 11
    }
}
