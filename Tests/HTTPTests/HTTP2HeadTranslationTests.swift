import Testing

@testable import HTTP

@Suite("An HTTP/2 request's fields")
struct HTTP2HeadTranslationTests {
    private static let get = [
        (":method", "GET"), (":scheme", "https"), (":authority", "node-a:10250"), (":path", "/metrics?node=a"),
    ]

    private func head(_ fields: [(String, String)], hasBody: Bool = false) throws(HTTPError) -> RequestHead {
        var translation = HTTP2HeadTranslation()
        for (name, value) in fields { try translation.add(name: name.utf8.span, value: value.utf8.span) }
        return try translation.head(hasBody: hasBody)
    }

    @Test(
        "become the head of an HTTP/1.1 request",
        arguments: [
            (get, false, "GET /metrics?node=a HTTP/1.1\r\nhost: node-a:10250\r\n\r\n"),
            (
                get + [("accept", "a, b"), ("te", "trailers"), ("host", "NODE-A:10250"), ("x", "")], false,
                "GET /metrics?node=a HTTP/1.1\r\nhost: node-a:10250\r\naccept: a, b\r\nte: trailers\r\nx: \r\n\r\n"
            ),
            (
                [(":method", "HEAD"), (":scheme", "https"), (":path", "/"), ("host", "10.0.0.5")], false,
                "HEAD / HTTP/1.1\r\nhost: 10.0.0.5\r\n\r\n"
            ),
            (get, true, "GET /metrics?node=a HTTP/1.1\r\nhost: node-a:10250\r\ntransfer-encoding: chunked\r\n\r\n"),
            (
                get + [("content-length", "5")], true,
                "GET /metrics?node=a HTTP/1.1\r\nhost: node-a:10250\r\ncontent-length: 5\r\n\r\n"
            ),
            (
                get + [("cookie", "a=1"), ("accept", "x"), ("cookie", "b=2")], false,
                "GET /metrics?node=a HTTP/1.1\r\nhost: node-a:10250\r\naccept: x\r\ncookie: a=1; b=2\r\n\r\n"
            ),
            (
                [(":method", "CONNECT"), (":authority", "node-a:10250")], false,
                "CONNECT node-a:10250 HTTP/1.1\r\nhost: node-a:10250\r\n\r\n"
            ),
        ] as [([(String, String)], Bool, String)])
    func translated(fields: [(String, String)], hasBody: Bool, text: String) throws {
        #expect(String(decoding: try head(fields, hasBody: hasBody).fields.bytes, as: UTF8.self) == text)
    }

    @Test(
        "are refused where a second reader might see something else",
        arguments: [
            Array(get.dropFirst()), Array(get.dropLast()), get + [(":path", "/")], get + [(":protocol", "websocket")],
            [("a", "b")] + get, get + [("A", "b")], get + [("", "b")], get + [("a b", "c")], get + [("a:", "c")],
            get + [("a", "b\r\nc: d")], get + [("a", "b\nc")], get + [("a", "b\0")], get + [("connection", "x")],
            get + [("transfer-encoding", "chunked")], get + [("upgrade", "h2c")], get + [("te", "gzip")],
            get + [("host", "node-b:10250")], get + [("host", "node-a:10250"), ("host", "node-a:10250")],
            get.map { ($0.0, $0.0 == ":path" ? "/a b" : $0.1) }, get.map { ($0.0, $0.0 == ":path" ? "" : $0.1) },
            get.map { ($0.0, $0.0 == ":path" ? "/a HTTP/1.1\r\nX: y" : $0.1) },
            get.map { ($0.0, $0.0 == ":method" ? "GET /x" : $0.1) }, get.map { ($0.0, $0.0 == ":method" ? "" : $0.1) },
            [(":method", "GET"), (":scheme", "https"), (":path", "/")],
            [(":method", "CONNECT"), (":scheme", "https"), (":authority", "a:1")],
            [(":method", "CONNECT"), (":path", "/")],
        ] as [[(String, String)]])
    func refused(fields: [(String, String)]) {
        #expect(throws: HTTPError.self) { try head(fields) }
    }

    @Test("are too many past 128")
    func count() throws {
        _ = try head(Self.get + (0..<127).map { ("x-\($0)", "y") })
        #expect(throws: HTTPError.headTooLarge(limit: 128)) {
            try head(Self.get + (0..<128).map { ("x-\($0)", "y") })
        }
    }
}
