import Addressing
import EventLoop
import Testing

@Suite("A scraper's connection")
struct DownstreamConnectionTests {
    private func connected(
        _ server: RequestLoop, _ body: (Client) throws -> Void
    ) async throws {
        server.startThread(named: "requests")
        defer { server.executor.stop() }
        let client = Client(try await server.listen())
        defer { client.close() }
        try body(client)
    }

    private func get(_ path: String, _ fields: String = "") -> String {
        "GET \(path) HTTP/1.1\r\nHost: h\r\n\(fields)\r\n"
    }

    @Test("answers pipelined requests in their order")
    func pipelined() async throws {
        try await connected(RequestLoop()) { client in
            client.send((1...200).map { get("/\($0)") }.joined())
            let (text, _) = client.receive(until: "</200>")
            let expected = (1...200).map { "HTTP/1.1 200 OK\r\n\r\n</\($0)>" }.joined()
            #expect(text == expected)
        }
    }

    @Test("takes heads up to the limit, whatever its first buffer held", arguments: [100, 4_096, 5_000, 16_000])
    func longHead(size: Int) async throws {
        try await connected(RequestLoop()) { client in
            client.send(get("/long", "A: \(String(repeating: "x", count: size))\r\n"))
            #expect(client.receive(until: "</long>").text.hasSuffix("</long>"))
        }
    }

    @Test(
        "says why it reads no further, and closes",
        arguments: [
            ("GARBAGE\r\n\r\n", "<malformed>"), ("\r\n\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n", "<malformed>"),
            ("GET / HTTP/1.0\r\nHost: h\r\n\r\n", "<version>"),
            ("GET / HTTP/1.1\r\nA: \(String(repeating: "x", count: 17_000))\r\n\r\n", "<too large>"),
        ])
    func refused(request: String, answer: String) async throws {
        try await connected(RequestLoop()) { client in
            client.send(request)
            let (text, isClosed) = client.receive(until: "")
            #expect(text == answer)
            #expect(isClosed)
        }
    }

    @Test("ignores one empty line before a request")
    func leadingLineBreak() async throws {
        try await connected(RequestLoop()) { client in
            client.send("\r\n" + get("/a") + "\r\n" + get("/b"))
            #expect(client.receive(until: "</b>").text.hasSuffix("</b>"))
        }
    }

    @Test("idles between requests for longer than a head may take")
    func idle() async throws {
        try await connected(RequestLoop(headerTimeout: 50)) { client in
            client.send(get("/a"))
            #expect(client.receive(until: "</a>").text.hasSuffix("</a>"))
            let (text, isClosed) = client.receive(until: "", within: 300)
            #expect(text.isEmpty && !isClosed)
            client.send(get("/b"))
            #expect(client.receive(until: "</b>").text.hasSuffix("</b>"))
        }
    }

    @Test(
        "is closed without a word when nothing comes, and with one when only half a head does",
        arguments: [("", ""), ("\r\n", ""), ("GET / HTT", "<timed out>")])
    func silence(start: String, answer: String) async throws {
        try await connected(RequestLoop(headerTimeout: 50, idleTimeout: 50)) { client in
            if !start.isEmpty { client.send(start) }
            let (text, isClosed) = client.receive(until: "")
            #expect(text == answer)
            #expect(isClosed)
        }
    }
}
