import HTTP
import Testing

@Suite("The chunked coding")
struct ChunkedFramingTests {
    /// What a body decodes to, and how many bytes it took with its framing; nil while it is incomplete.
    private func decode(_ text: String) throws(HTTPError) -> (data: String, consumed: Int)? {
        let bytes = Bytes(text)
        var framing = ChunkedFraming()
        var data: [UInt8] = []
        var position = 0
        while true {
            let start = position
            let piece = try unsafe bytes.read { bytes throws(HTTPError) in
                try unsafe framing.next(in: bytes, from: start)
            }
            switch piece {
            case .data(let run):
                data += bytes.array[run]
                position = run.upperBound
            case .needsMore: return nil
            case .end(let end): return (String(decoding: data, as: UTF8.self), end)
            }
        }
    }

    @Test(
        "is sizes in hexadecimal, each with its bytes, up to a size of zero and the trailers",
        arguments: [
            ("0\r\n\r\n", "", 5), ("5\r\nhello\r\n0\r\n\r\n", "hello", 15),
            ("1\r\na\r\n2\r\nbc\r\n0\r\n\r\n", "abc", 18),
            ("a\r\n0123456789\r\n0\r\n\r\n", "0123456789", 20), ("A\r\n0123456789\r\n0\r\n\r\n", "0123456789", 20),
            ("00000000000000a\r\n0123456789\r\n0\r\n\r\n", "0123456789", 34), ("000\r\n\r\n", "", 7),
            ("2\r\n\r\n\r\n0\r\n\r\n", "\r\n", 12), ("5;a=b\r\nhello\r\n0;c\r\n\r\n", "hello", 21),
            ("5;a=\"b;c\"\r\nhello\r\n0\r\n\r\n", "hello", 23), ("0\r\nA: b\r\nC: d\r\n\r\n", "", 17),
            ("0\r\nA:\r\n\r\n", "", 9), ("0\r\n\r\nHTTP/1.1 200 OK", "", 5), ("0;\r\n\r\n", "", 6),
        ] as [(String, String, Int)])
    func wellFormed(text: String, data: String, consumed: Int) throws {
        let decoded = try #require(try decode(text))
        #expect(decoded.data == data)
        #expect(decoded.consumed == consumed)
    }

    @Test(
        "is refused where two readers could see two bodies (smuggling)",
        arguments: [
            // Sizes that are no plain hexadecimal number.
            "\r\n", " 5\r\nhello\r\n", "5 \r\nhello\r\n", "5\t\r\nhello\r\n", "+5\r\nhello\r\n", "-5\r\nhello\r\n",
            "0x5\r\nhello\r\n", "5h\r\nhello\r\n", "5,5\r\nhello\r\n", ";a\r\n", "5 ;a=b\r\nhello\r\n", "\u{665}\r\n",
            "_5\r\nhello\r\n", "g\r\n",
            // Sizes that overflow.
            "0000000000000005\r\nhello\r\n", "1000000000000000\r\n", "ffffffffffffffff\r\n",
            "10000000000000005\r\nhello",
            // Lines that don't end in CRLF.
            "5\nhello\r\n", "5\rhello\r\n", "5\r\rhello\r\n", "5\r\nhello\n0\r\n", "5\r\nhello\r0\r\n", "5\r\nhelloX",
            "5\r\nhello0\r\n\r\n", "5\r\nhell\r\n0\r\n\r\n", "5\r\nhello!\r\n0\r\n\r\n", "0\r\n\n", "0\r\n\rX",
            "0\n\r\n",
            // Extensions and trailers with control characters or bare line breaks.
            "5;a\nhello\r\n", "5;a\rb\r\nhello\r\n", "5;\u{0}\r\nhello", "5;a=\"\r\r\n", "0\r\nA: b\n\r\n",
            "0\r\nA: \u{0}\r\n",
            "0\r\nA: b\rc\r\n", "0\r\n A: b\r\n",
            // Trailers that are no fields.
            "0\r\n: b\r\n", "0\r\nA\r\n\r\n", "0\r\nA : b\r\n\r\n", "0\r\nA: b\r\n c\r\n\r\n", "0\r\n(: b\r\n\r\n",
        ])
    func malformed(text: String) {
        expectRefusal(.malformed) { try decode(text) }
    }

    @Test(
        "is incomplete until its last line feed",
        arguments: [
            "", "5", "5\r", "5\r\n", "5\r\nhel", "5\r\nhello\r\n", "5\r\nhello\r\n0\r\n", "0\r\n\r", "0\r\nA: b\r\n",
        ])
    func incomplete(text: String) throws {
        #expect(try decode(text) == nil)
    }

    @Test("takes extensions and trailers of 16 KiB in all, not more")
    func overhead() throws {
        let long = String(repeating: "x", count: 16_000)
        #expect(try decode("5;\(long)\r\nhello\r\n0\r\n\r\n") != nil)
        #expect(try decode("0\r\nA:\(long)\r\n\r\n") != nil)
        expectRefusal(.tooLarge) { try decode("5;\(long)\(long)\r\n") }
        expectRefusal(.tooLarge) { try decode("0\r\nA:\(long)\(long)\r\n") }
        // Many small ones count as well.
        let chunks = String(repeating: "1;abcdefghij\r\nx\r\n", count: 2_000)
        expectRefusal(.tooLarge) { try decode(chunks) }
        let names = "0\r\n" + String(repeating: "a:\r\n", count: 20_000)
        expectRefusal(.tooLarge) { try decode(names) }
    }

    @Test("takes the largest size that its digits can say without a trap")
    func largestSize() throws {
        #expect(try decode("fffffffffffffff\r\nabc") == nil)
        var framer = try #require(BodyFramer(.chunked))
        let count = try unsafe Bytes("fffffffffffffff\r\nabc").read { bytes throws(HTTPError) in
            try unsafe framer.advance(over: bytes)
        }
        #expect(count == 20)
        #expect(!framer.isAtEnd)
    }
}
