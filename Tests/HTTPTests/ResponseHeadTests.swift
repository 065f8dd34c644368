import HTTP
import Testing

@Suite("An answer's head")
struct ResponseHeadTests {
    @Test(
        "tells status and reason phrase, which may be empty or missing",
        arguments: [
            ("HTTP/1.1 200 OK", 200, "OK"), ("HTTP/1.1 200 ", 200, ""), ("HTTP/1.1 200", 200, ""),
            ("HTTP/1.1 421 Stale node identity: a is b", 421, "Stale node identity: a is b"),
            ("HTTP/1.1 599  x ", 599, " x "), ("HTTP/1.1 100 Continue", 100, "Continue"),
            ("HTTP/1.1 200 \u{e9}", 200, "\u{e9}"), ("HTTP/1.1 200 a\tb", 200, "a\tb"),
        ] as [(String, Int, String)])
    func statusLine(line: String, status: Int, reason: String) throws {
        let head = try Heads.response("\(line)\r\nA: b\r\n\r\n")
        #expect(head.status == status)
        #expect(head.reasonPhrase == reason)
        #expect(head.fields.fields.count == 1)
    }

    @Test(
        "is refused where it is no status line",
        arguments: [
            "HTTP/1.1 2000 OK", "HTTP/1.1 20 OK", "HTTP/1.1  200 OK", "HTTP/1.1 099 OK", "HTTP/1.1 600 OK",
            "HTTP/1.1 +20 OK", "HTTP/1.1 2\u{0}0 OK", "HTTP/1.1 200\tOK", "HTTP/1.1 200 O\rK", "HTTP/1.1 200 O\u{0}K",
            "HTTP/1.1 200OK", "HTTP/1.1 2x0 OK", "XTTP/1.1 200 OK", "SSH-2.0-OpenSSH_9.2", "x", "HTTP/1.1 ",
            "HTTP/1.1 \u{663}\u{663}0 OK", "HTTP/1.1 200 O\u{7f}K",
        ])
    func malformed(line: String) {
        expectRefusal(.malformed) { try Heads.response("\(line)\r\nAbcdefgh: b\r\n\r\n") }
    }

    @Test("of another version is refused", arguments: ["HTTP/1.0", "HTTP/2.0", "HTTP/1.2"])
    func version(version: String) {
        expectRefusal(.version) { try Heads.response("\(version) 200 OK\r\n\r\n") }
    }

    @Test(
        "frames its body by length, chunks or the end of the connection; not at all where it may have none",
        arguments: [
            ("200 OK", "Content-Length: 12\r\n", false, .length(12)), ("200 OK", "", false, .untilClose),
            ("200 OK", "Transfer-Encoding: chunked\r\n", false, .chunked),
            ("200 OK", "Transfer-Encoding: Chunked\r\n", false, .chunked),
            ("200 OK", "Content-Length: 12\r\n", true, .none), ("200 OK", "", true, .none),
            ("200 OK", "Transfer-Encoding: chunked\r\n", true, .none),
            ("204 No Content", "Content-Length: 12\r\n", false, .none), ("304 x", "", false, .none),
            ("100 x", "Content-Length: 12\r\n", false, .none), ("500 x", "Content-Length: 0\r\n", false, .length(0)),
        ] as [(String, String, Bool, BodyFraming)])
    func framing(status: String, fields: String, toHead: Bool, framing: BodyFraming) throws {
        let head = try Heads.response("HTTP/1.1 \(status)\r\n\(fields)\r\n")
        #expect(try head.bodyFraming(toHead: toHead) == framing)
    }

    @Test("keeps the connection unless it says close")
    func keepsAlive() throws {
        #expect(try Heads.response("HTTP/1.1 200 OK\r\n\r\n").keepsAlive)
        #expect(try !Heads.response("HTTP/1.1 200 OK\r\nConnection: Close\r\n\r\n").keepsAlive)
    }
}
