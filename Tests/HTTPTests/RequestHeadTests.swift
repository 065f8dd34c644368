import HTTP
import Testing

@Suite("A request's head")
struct RequestHeadTests {
    @Test(
        "has one of the methods that mean something here, spelt exactly so",
        arguments: [
            ("GET", .get), ("HEAD", .head), ("CONNECT", .connect), ("POST", .post), ("PUT", .put), ("DELETE", .other),
            ("get", .other), ("GETX", .other), ("OPTIONS", .other), ("!#$%&'*+-.^_`|~", .other),
        ] as [(String, RequestHead.Method)])
    func methods(text: String, method: RequestHead.Method) throws {
        #expect(try Heads.request("\(text) /x HTTP/1.1\r\nHost: h\r\n\r\n").method == method)
    }

    @Test(
        "is refused where its first line could be read in two ways",
        arguments: [
            "GET  / HTTP/1.1", "GET / HTTP/1.1 ", " GET / HTTP/1.1", "GET /a b HTTP/1.1", "GET\t/ HTTP/1.1",
            "GET /\tHTTP/1.1", "GET / HTTP/1.1\r", "GET /\r HTTP/1.1", "GET /\u{0} HTTP/1.1", "GET /\u{7f} HTTP/1.1",
            "GET /\u{e9} HTTP/1.1", "GET / http/1.1", "GET / HTTP/11", "GET / HTTP/1.10", "GET / HTTP/01.1", "GET /",
            "GET", "GET ", "/ HTTP/1.1", "GE(T / HTTP/1.1", "GET: / HTTP/1.1", "\u{16}\u{3}\u{1}", "GET / HTTPS/1.1",
        ])
    func firstLine(line: String) {
        expectRefusal(.malformed) { try Heads.request("\(line)\r\nHost: h\r\n\r\n") }
    }

    @Test(
        "of another version is told so: HTTP/1.0 can't tell a cut answer from a whole one",
        arguments: ["HTTP/1.0", "HTTP/0.9", "HTTP/1.2", "HTTP/2.0", "HTTP/3.0"])
    func version(version: String) {
        expectRefusal(.version) { try Heads.request("GET / \(version)\r\nHost: h\r\n\r\n") }
    }

    @Test(
        "may be HTTP/1.0 for CONNECT alone, with or without a Host field, and does not keep the connection then",
        arguments: ["", "Host: node-b:10250\r\n"])
    func oldConnect(fields: String) throws {
        let head = try Heads.request("CONNECT node-b:10250 HTTP/1.0\r\n\(fields)\r\n")
        #expect(head.method == .connect && head.target == "node-b:10250" && !head.keepsAlive)
        expectRefusal(.malformed) { try Heads.request("CONNECT h:1 HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n") }
        expectRefusal(.malformed) { try Heads.request("CONNECT h:1 HTTP/1.1\r\n\r\n") }
        expectRefusal(.version) { try Heads.request("CONNECT h:1 HTTP/0.9\r\n\(fields)\r\n") }
        expectRefusal(.version) { try Heads.request("CONNECTS h:1 HTTP/1.0\r\n\(fields)\r\n") }
    }

    @Test(
        "needs exactly one Host field",
        arguments: ["", "Host: a\r\nHost: a\r\n", "Host: a\r\nhOST: b\r\n", "X-Host: a\r\n"])
    func host(fields: String) {
        expectRefusal(.malformed) { try Heads.request("GET / HTTP/1.1\r\n\(fields)\r\n") }
    }

    @Test(
        "keeps the connection unless Connection says close, in any case and place",
        arguments: [
            ("", true), ("Connection: keep-alive\r\n", true), ("Connection: close\r\n", false),
            ("Connection: CLOSE\r\n", false), ("Connection: x, close\r\n", false),
            ("Connection: x,close ,y\r\n", false),
            ("Connection: x\r\nConnection: close\r\n", false), ("Connection: closed\r\n", true),
            ("Connection: clos\r\n", true), ("X-Connection: close\r\n", true), ("Connection:\t close\t\r\n", false),
        ])
    func keepsAlive(fields: String, keeps: Bool) throws {
        #expect(try Heads.request(fields: fields).keepsAlive == keeps)
    }

    @Test("has 128 fields at most")
    func fieldCount() throws {
        let fields = String(repeating: "A: b\r\n", count: 127)
        #expect(try Heads.request(fields: fields).fields.fields.count == 128)
        expectRefusal(.tooLarge) { try Heads.request(fields: fields + "A: b\r\n") }
    }
}
