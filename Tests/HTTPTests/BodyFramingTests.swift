import HTTP
import Testing

@Suite("The framing of a body")
struct BodyFramingTests {
    @Test(
        "of a request is a length, chunks, or none",
        arguments: [
            ("", .none), ("Content-Length: 0\r\n", .length(0)), ("Content-Length: 12\r\n", .length(12)),
            ("Content-Length: \t 12 \r\n", .length(12)), ("Content-Length: 0012\r\n", .length(12)),
            ("Content-Length: 999999999999999999\r\n", .length(999_999_999_999_999_999)),
            ("Transfer-Encoding: chunked\r\n", .chunked), ("transfer-encoding: CHUNKED\r\n", .chunked),
        ] as [(String, BodyFraming)])
    func request(fields: String, framing: BodyFraming) throws {
        #expect(try Heads.request(fields: fields).bodyFraming() == framing)
    }

    @Test(
        "is refused where two readers could see two ends (smuggling)",
        arguments: [
            // Both, in either order.
            "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
            "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
            "Transfer-Encoding: chunked\r\nContent-Length: 0\r\n",
            "Transfer-Encoding: identity\r\nContent-Length: 5\r\n",
            // Several lengths, equal or not, in fields or in a list.
            "Content-Length: 5\r\nContent-Length: 6\r\n", "Content-Length: 5\r\ncontent-length: 5\r\n",
            "Content-Length: 5, 5\r\n", "Content-Length: 5,6\r\n", "Content-Length: 5,\r\n", "Content-Length: ,5\r\n",
            // No decimal number.
            "Content-Length: +5\r\n", "Content-Length: -5\r\n", "Content-Length: -0\r\n", "Content-Length:\r\n",
            "Content-Length: 0x5\r\n", "Content-Length: 5.0\r\n", "Content-Length: 5e0\r\n", "Content-Length: 5 5\r\n",
            "Content-Length: 1_000\r\n", "Content-Length: \u{665}\r\n", "Content-Length: \"5\"\r\n",
            "Content-Length: 5;a=b\r\n",
            // Numbers that overflow somewhere.
            "Content-Length: 9223372036854775808\r\n", "Content-Length: 18446744073709551621\r\n",
            "Content-Length: 99999999999999999999999999\r\n",
            // Codings other than chunked alone.
            "Transfer-Encoding: gzip, chunked\r\n", "Transfer-Encoding: chunked, chunked\r\n",
            "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "Transfer-Encoding: identity\r\n",
            "Transfer-Encoding: xchunked\r\n", "Transfer-Encoding: chunked;q=1\r\n", "Transfer-Encoding:\r\n",
            "Transfer-Encoding: chunked,\r\n", "Transfer-Encoding: \"chunked\"\r\n",
            "Transfer-Encoding: chunked \u{e9}\r\n",
            "Transfer-Encoding: \u{212a}chun\u{212a}ed\r\n", "Transfer-Encoding: chun\u{212a}ed\r\n",
        ])
    func ambiguous(fields: String) throws {
        let request = try Heads.request(fields: fields)
        expectRefusal(.malformed) { try request.bodyFraming() }
        let response = try Heads.response("HTTP/1.1 200 OK\r\n\(fields)\r\n")
        expectRefusal(.malformed) { try response.bodyFraming(toHead: false) }
    }
}

@Suite("A framer of bodies")
struct BodyFramerTests {
    @Test("lets bytes of a known length pass unseen")
    func unseen() throws {
        var framer = try #require(BodyFramer(.length(1_000)))
        let seen = [UInt8](repeating: 0, count: 300)
        #expect(try unsafe seen.withUnsafeBytes { try unsafe framer.advance(over: $0) } == 300)
        #expect(framer.unframedRest == 700)
        framer.passed(699)
        #expect(framer.unframedRest == 1 && !framer.isAtEnd)
        framer.passed(1)
        #expect(framer.unframedRest == 0 && framer.isAtEnd)
    }

    @Test("has to see the bytes that have framing among them")
    func framed() throws { #expect(try #require(BodyFramer(.chunked)).unframedRest == nil) }

    @Test("has no use for a body that ends with the connection")
    func untilClose() {
        #expect(BodyFramer(.untilClose) == nil)
    }

    @Test("is at the end of a body of no bytes from the start", arguments: [BodyFraming.none, .length(0)])
    func empty(framing: BodyFraming) throws {
        var framer = try #require(BodyFramer(framing))
        #expect(framer.isAtEnd)
        let count = try unsafe Bytes("next").read { bytes throws(HTTPError) in try unsafe framer.advance(over: bytes) }
        #expect(count == 0)
    }

    @Test("leaves what follows the body alone")
    func length() throws {
        var framer = try #require(BodyFramer(.length(5)))
        let first = try unsafe Bytes("abc").read { bytes throws(HTTPError) in try unsafe framer.advance(over: bytes) }
        #expect(first == 3)
        #expect(!framer.isAtEnd)
        let second = try unsafe Bytes("deHTTP").read { bytes throws(HTTPError) in
            try unsafe framer.advance(over: bytes)
        }
        #expect(second == 2)
        #expect(framer.isAtEnd)
    }

    @Test("counts as far as Int goes")
    func hugeLength() throws {
        var framer = try #require(BodyFramer(.length(999_999_999_999_999_999)))
        var position = 0
        let run = try unsafe Bytes("abc").read { bytes throws(HTTPError) in
            try unsafe framer.nextData(in: bytes, from: &position)
        }
        #expect(run == 0..<3)
        #expect(position == 3)
    }
}
