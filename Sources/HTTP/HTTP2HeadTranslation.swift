import Addressing

/// Makes the head of an HTTP/1.1 request out of an HTTP/2 request's fields (RFC 9113 section 8.3), so that one path serves both.
/// As strict as a head that came as text: nothing gets through that a second reader could take for more than one field.
package struct HTTP2HeadTranslation {
    private var method: [UInt8]?
    private var scheme: [UInt8]?
    private var authority: [UInt8]?
    private var path: [UInt8]?
    private var host: [UInt8]?
    /// The other fields as lines, each ended by CRLF.
    private var lines: [UInt8] = []
    /// A browser may send it in crumbs; as text it is one field (RFC 9113 section 8.2.3).
    private var cookie: [UInt8] = []
    private var tellsLength = false
    private var sawField = false

    package init() {}

    /// Adds the next field. Names are in lower case.
    package mutating func add(name: Span<UInt8>, value: Span<UInt8>) throws(HTTPError) {
        guard !name.isEmpty else { throw .malformed("a field has no name") }
        for position in value.indices where !Grammar.isFieldValue(value[position]) {
            throw .malformed("a field value holds a control character")
        }
        if name[0] == UInt8(ascii: ":") { return try addPseudo(name, value) }
        sawField = true
        for position in name.indices {
            let byte = name[position]
            guard Grammar.isToken(byte), byte == Grammar.folded(byte) else {
                throw .malformed("a field name holds a character that is no token, or a capital")
            }
        }
        try addRegular(name, value)
    }

    private mutating func addPseudo(_ name: Span<UInt8>, _ value: Span<UInt8>) throws(HTTPError) {
        guard !sawField else { throw .malformed("a pseudo-header field stands behind other fields") }
        let isNew: Bool
        if name.equals(":method") {
            isNew = Self.set(&method, value)
        } else if name.equals(":scheme") {
            isNew = Self.set(&scheme, value)
        } else if name.equals(":authority") {
            isNew = Self.set(&authority, value)
        } else if name.equals(":path") {
            isNew = Self.set(&path, value)
        } else {
            throw .malformed("an unknown pseudo-header field")
        }
        guard isNew else { throw .malformed("a pseudo-header field stands twice") }
    }

    private mutating func addRegular(_ name: Span<UInt8>, _ value: Span<UInt8>) throws(HTTPError) {
        switch unsafe name.withUnsafeBytes({ unsafe FieldName($0) }) {
        case .connection, .keepAlive, .proxyConnection, .transferEncoding, .upgrade:
            throw .malformed("a field that HTTP/2 does not have")
        case .te:
            guard value.equals("trailers") else { throw .malformed("a field that HTTP/2 does not have") }
        case .host:
            guard Self.set(&host, value) else { throw .malformed("a request needs exactly one Host field") }
            return
        case .contentLength: tellsLength = true
        default: break
        }
        if name.equals("cookie") {
            if !cookie.isEmpty { cookie += [UInt8(ascii: ";"), 0x20] }
            cookie.append(contentsOf: value)
            return
        }
        lines.append(contentsOf: name)
        lines += [UInt8(ascii: ":"), 0x20]
        lines.append(contentsOf: value)
        lines += [0x0d, 0x0a]
    }

    private static func set(_ place: inout [UInt8]?, _ value: Span<UInt8>) -> Bool {
        guard place == nil else { return false }
        var bytes: [UInt8] = []
        bytes.append(contentsOf: value)
        place = bytes
        return true
    }

    /// The head, complete.
    ///
    /// - Parameter hasBody: whether bytes of a body came.
    package func head(hasBody: Bool) throws(HTTPError) -> RequestHead {
        guard let method else { throw .malformed("a pseudo-header field is missing") }
        let isConnect = method.elementsEqual("CONNECT".utf8)
        guard let target = isConnect ? authority : path, !target.isEmpty, isConnect == (scheme == nil) else {
            throw .malformed("a pseudo-header field is missing")
        }
        guard let named = authority ?? host else { throw .malformed("a request needs a host") }
        if let authority, let host, HostAndPort(utf8: authority.span) != HostAndPort(utf8: host.span) {
            throw .malformed(":authority and Host name two hosts")
        }
        var head = method + [0x20] + target
        head.append(contentsOf: " HTTP/1.1\r\nhost: ".utf8)
        head += named
        head.append(contentsOf: "\r\n".utf8)
        head += lines
        if !cookie.isEmpty {
            head.append(contentsOf: "cookie: ".utf8)
            head += cookie
            head.append(contentsOf: "\r\n".utf8)
        }
        if hasBody, !tellsLength { head.append(contentsOf: "transfer-encoding: chunked\r\n".utf8) }
        head.append(contentsOf: "\r\n".utf8)
        // What a request line may not hold (a blank in the path, ...) is found there.
        return try unsafe head.span.withUnsafeBytes { (bytes) throws(HTTPError) in try unsafe RequestHead(bytes) }
    }
}

extension [UInt8] {
    fileprivate mutating func append(contentsOf bytes: Span<UInt8>) {
        unsafe bytes.withUnsafeBufferPointer { unsafe append(contentsOf: $0) }
    }
}
