import HTTP
import Testing

@Suite("Field lines")
struct HeaderFieldsTests {
    private func fields(_ text: String) throws(HTTPError) -> [String] {
        let fields = try Heads.request(fields: text).fields
        return fields.fields.dropFirst().map { "\(fields.text($0.name))=\(fields.text($0.value))" }
    }

    @Test(
        "are a name, a colon and a value without the white space around it",
        arguments: [
            ("A: b\r\n", ["A=b"]), ("A:b\r\n", ["A=b"]), ("A:\r\n", ["A="]), ("A: \t \r\n", ["A="]),
            ("A: \tb c\t \r\n", ["A=b c"]), ("A: b:c\r\n", ["A=b:c"]), ("A: \u{e9}\r\n", ["A=\u{e9}"]),
            ("!#$%&'*+-.^_`|~09: x\r\n", ["!#$%&'*+-.^_`|~09=x"]), ("A: 1\r\nB: 2\r\na: 3\r\n", ["A=1", "B=2", "a=3"]),
            ("A: b\tc\r\n", ["A=b\tc"]),
        ])
    func wellFormed(text: String, expected: [String]) throws {
        #expect(try fields(text) == expected)
    }

    @Test(
        "are refused where readers differ: white space before the colon, folded lines, control characters, bare CR",
        arguments: [
            "A : b\r\n", "A\t: b\r\n", " A: b\r\n", "\tA: b\r\n", "A: b\r\n c\r\n", "A: b\r\n\tc\r\n", ": b\r\n",
            "A\r\n", "A b: c\r\n", "A: b\rc\r\n", "A: b\r\r\n", "A: \u{0}\r\n", "A: b\u{0}c\r\n", "A: \u{7f}\r\n",
            "A: \u{1b}[31m\r\n", "A\u{0}: b\r\n", "A(: b\r\n", "A/B: c\r\n", "\u{e9}: b\r\n", "A\r: b\r\n",
            "\"A\": b\r\n", "A: \u{b}\r\n", "\u{0}\r\n",
        ])
    func malformed(text: String) {
        expectRefusal(.malformed) { try fields(text) }
    }

    @Test(
        "are known by their names in any case, and by no other",
        arguments: [
            ("content-length", .contentLength), ("CONTENT-LENGTH", .contentLength), ("Content-Lengt", .other),
            ("Content-Lengthh", .other), ("Content_Length", .other), ("transfer-encoding", .transferEncoding),
            ("X-Prometheus-Scrape-Timeout-Seconds", .scrapeTimeout), ("TE", .te), ("Te", .te), ("T", .other),
            ("Proxy-Authorization", .proxyAuthorization), ("Authorization", .authorization), ("Upgrade", .upgrade),
            ("X-Kubelet-Relabel-Proxy-Verdict", .verdict), ("Content-Length\u{2d}", .other),
        ] as [(String, FieldName)])
    func names(name: String, id: FieldName) throws {
        let fields = try Heads.request(fields: "\(name): x\r\n").fields
        #expect(fields.fields.last?.id == id)
    }

    @Test("longer than any known name are other fields")
    func longName() throws {
        let fields = try Heads.request(fields: "\(String(repeating: "a", count: 5_000)): x\r\n").fields
        #expect(fields.fields.last?.id == .other)
    }

    @Test("are hop-by-hop by what they are, framing and proxy credentials included")
    func hopByHop() {
        let hopByHop: [FieldName] = [
            .connection, .keepAlive, .proxyConnection, .te, .trailer, .upgrade, .transferEncoding, .contentLength,
            .proxyAuthorization, .proxyAuthenticate, .host, .expect, .verdict,
        ]
        let endToEnd: [FieldName] = [
            .other, .authorization, .accept, .acceptEncoding, .contentType, .contentEncoding, .scrapeTimeout, .vary,
        ]
        for name in hopByHop { #expect(name.isHopByHop, "\(name)") }
        for name in endToEnd { #expect(!name.isHopByHop, "\(name)") }
    }

    @Test(
        "are hop-by-hop where Connection names them, in any case and in any of its fields",
        arguments: [
            ("Connection: x-secret\r\n", true), ("Connection: close, X-SECRET\r\n", true),
            ("Connection: a\r\nConnection:  X-Secret ,b\r\n", true), ("Connection: x-secrets\r\n", false),
            ("Connection: x secret\r\n", false), ("Connection: ,,\r\n", false), ("", false),
            ("X-Connection: x-secret\r\n", false),
        ])
    func namedByConnection(connection: String, isNamed: Bool) throws {
        let fields = try Heads.request(fields: "\(connection)X-Secret: 1\r\n").fields
        let secret = try #require(fields.fields.last)
        #expect(fields.isNamedByConnection(secret) == isNamed)
    }

    @Test("named by Connection are compared as letters: ^ and ~ are no two cases of one")
    func caretIsNoTilde() throws {
        let fields = try Heads.request(fields: "Connection: x^\r\nx~: 1\r\n").fields
        let other = try #require(fields.fields.last)
        #expect(!fields.isNamedByConnection(other))
    }

    @Test("that may stand once are refused when they stand twice, equal or not")
    func single() throws {
        let twice = try Heads.request(fields: "Content-Type: a\r\nContent-Type: a\r\n").fields
        expectRefusal(.malformed) { try twice.single(.contentType) }
        #expect(twice.first(.contentType) == "a")
        let once = try Heads.request(fields: "Content-Type: a\r\n").fields
        #expect(try once.single(.contentType) == "a")
        #expect(try once.single(.accept) == nil)
    }

    @Test("of one list are one list, in order")
    func list() throws {
        let fields = try Heads.request(fields: "Accept: a, b\r\nX: y\r\naccept: c\r\n").fields
        #expect(fields.list(.accept) == "a, b, c")
        #expect(fields.list(.vary) == nil)
        #expect(fields.hasToken("b", in: .accept))
        #expect(!fields.hasToken("y", in: .accept))
    }
}
