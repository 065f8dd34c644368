import HTTP
import Testing

@Suite("The end of a head")
struct HeadScannerTests {
    @Test(
        "is its first empty line, however much follows",
        arguments: [
            ("GET / HTTP/1.1\r\n\r\n", 18), ("GET / HTTP/1.1\r\nHost: h\r\n\r\n", 27),
            ("GET / HTTP/1.1\r\n\r\nGET / HTTP/1.1\r\n\r\n", 18), ("a\r\n\r\n\n\n\r\r", 5), ("\r \r\n\r\n", 6),
        ] as [(String, Int)])
    func found(text: String, length: Int) throws {
        #expect(try Heads.end(in: text) == length)
    }

    @Test(
        "is not known before its empty line is whole",
        arguments: ["", "G", "GET / HTTP/1.1", "GET / HTTP/1.1\r", "GET / HTTP/1.1\r\n", "GET / HTTP/1.1\r\n\r", "\r"])
    func incomplete(text: String) throws {
        #expect(try Heads.end(in: text) == nil)
    }

    @Test(
        "is refused where a line feed stands alone: another reader would see a line there",
        arguments: [
            "GET / HTTP/1.1\n", "GET / HTTP/1.1\n\n", "GET / HTTP/1.1\r\nHost: h\n\r\n", "GET / HTTP/1.1\r\n\n", "\n",
            "\n\r\n", "GET / HTTP/1.1\r\nA: b\r\n \n\r\n",
        ])
    func bareLineFeed(text: String) {
        expectRefusal(.malformed) { try Heads.end(in: text) }
    }

    @Test("is refused where a message begins with it", arguments: ["\r\n", "\r\nGET / HTTP/1.1\r\n\r\n"])
    func emptyFirstLine(text: String) {
        expectRefusal(.malformed) { try Heads.end(in: text) }
    }

    @Test("may lie at the limit and not a byte behind it, complete or not")
    func limit() throws {
        let head = "GET / HTTP/1.1\r\nA: \(String(repeating: "x", count: 100))\r\n\r\n"
        let length = head.utf8.count
        #expect(try Heads.end(in: head, limit: length) == length)
        #expect(try Heads.end(in: head + "more of the next", limit: length) == length)
        expectRefusal(.tooLarge) { try Heads.end(in: head, limit: length - 1) }
        let open = String(repeating: "x", count: 50)
        #expect(try Heads.end(in: open, limit: 50) == nil)
        expectRefusal(.tooLarge) { try Heads.end(in: open, limit: 49) }
    }
}
