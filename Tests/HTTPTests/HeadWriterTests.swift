import HTTP
import Testing

@Suite("A head that is written")
struct HeadWriterTests {
    private func text(_ writer: HeadWriter) -> String { String(decoding: writer.bytes, as: UTF8.self) }

    @Test("is a request line, fields and an empty line")
    func request() throws {
        var writer = HeadWriter()
        writer.startRequest("GET", path: "/metrics", query: "a=b&c")
        writer.field("Host", "10.0.0.5:10250")
        writer.field("Connection", "close" as StaticString)
        writer.end()
        let expected = "GET /metrics?a=b&c HTTP/1.1\r\nHost: 10.0.0.5:10250\r\nConnection: close\r\n\r\n"
        #expect(text(writer) == expected)
        #expect(try Heads.request(expected).target == "/metrics?a=b&c")
    }

    @Test("starts afresh with each start line")
    func reuse() {
        var writer = HeadWriter()
        writer.startResponse(200, reason: "OK")
        writer.field("A", "b")
        writer.end()
        writer.startRequest("HEAD", path: "/", query: nil)
        writer.end()
        #expect(text(writer) == "HEAD / HTTP/1.1\r\n\r\n")
        writer.startResponse(421, reason: "Stale")
        writer.end()
        #expect(text(writer) == "HTTP/1.1 421 Stale\r\n\r\n")
    }

    @Test(
        "has no line, field or answer more than was meant, whatever a claim or a kubelet says (response splitting)",
        arguments: [
            "a\r\nSet-Cookie: x", "a\nX: y", "a\rX: y", "a\r\n\r\nHTTP/1.1 200 OK\r\n\r\n", "a\u{0}b", "\u{1b}[31m",
            "\u{7f}", "\r\n",
        ])
    func noSplitting(hostile: String) throws {
        var writer = HeadWriter()
        writer.startResponse(421, reason: hostile)
        writer.field("X-Note", hostile)
        writer.end()
        let head = try Heads.response(text(writer))
        #expect(head.status == 421)
        #expect(head.fields.fields.count == 1)
        #expect(head.fields.text(try #require(head.fields.fields.first).name) == "X-Note")
    }

    @Test("copies fields as they came, obs-text included")
    func copy() throws {
        let bytes: [UInt8] =
            Array("HTTP/1.1 200 OK\r\nX-oDD:  \t a,b \t\r\nY: ".utf8) + [0xe9, 0xff] + Array("\r\n\r\n".utf8)
        let head = try unsafe Bytes(bytes).read { bytes throws(HTTPError) in try unsafe ResponseHead(bytes) }
        var writer = HeadWriter()
        writer.startResponse(200, reason: "OK")
        for field in head.fields.fields { writer.copy(field, of: head.fields) }
        writer.end()
        let expected = Array("HTTP/1.1 200 OK\r\nX-oDD: a,b\r\nY: ".utf8) + [0xe9, 0xff] + Array("\r\n\r\n".utf8)
        #expect(writer.bytes == expected)
    }
}
