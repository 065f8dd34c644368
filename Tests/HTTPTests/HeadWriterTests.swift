import Addressing
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

    @Test(
        "writes the host as addresses are written",
        arguments: ["10.0.0.5:10250", "255.200.99.0:1", "0.0.0.0:65535", "[2001:db8::1]:10250", "[::]:80"])
    func host(text: String) throws {
        var writer = HeadWriter()
        writer.startRequest("GET", path: "/", query: nil)
        writer.host(try #require(SocketAddress(text)))
        #expect(writer.bytes == Array("GET / HTTP/1.1\r\nHost: \(text)\r\n".utf8))
    }

    @Test("copies the fields that are wanted, in order, whatever stands between them")
    func some() throws {
        let text = "HTTP/1.1 200 OK\r\nA: 1\r\nB: 2\r\nC:3\r\nD: 4 \r\nE: 5\r\nF: \r\n\r\n"
        let head = try unsafe Bytes(Array(text.utf8)).read { bytes throws(HTTPError) in try unsafe ResponseHead(bytes) }
        let lines = ["A: 1\r\n", "B: 2\r\n", "C: 3\r\n", "D: 4\r\n", "E: 5\r\n", "F: \r\n"]
        for choice in 0..<64 {
            var writer = HeadWriter()
            writer.startResponse(200, reason: "OK")
            var position = -1
            writer.copy(head.fields) { _ in
                position += 1
                return choice >> position & 1 == 1
            }
            let wanted = lines.indices.filter { choice >> $0 & 1 == 1 }.map { lines[$0] }.joined()
            #expect(writer.bytes == Array("HTTP/1.1 200 OK\r\n\(wanted)".utf8))
        }
    }

    @Test("copies fields as they came, obs-text included")
    func copy() throws {
        let bytes: [UInt8] =
            Array("HTTP/1.1 200 OK\r\nX-oDD:  \t a,b \t\r\nY: ".utf8) + [0xe9, 0xff] + Array("\r\n\r\n".utf8)
        let head = try unsafe Bytes(bytes).read { bytes throws(HTTPError) in try unsafe ResponseHead(bytes) }
        var writer = HeadWriter()
        writer.startResponse(200, reason: "OK")
        writer.copy(head.fields) { _ in true }
        writer.end()
        let expected = Array("HTTP/1.1 200 OK\r\nX-oDD: a,b\r\nY: ".utf8) + [0xe9, 0xff] + Array("\r\n\r\n".utf8)
        #expect(writer.bytes == expected)
    }
}
