import HTTP
import Testing

@Suite("Bytes that arrive in pieces")
struct SplitTests {
    fileprivate static let requestTexts: [String] = [
        "GET http://10.0.0.5:10250/metrics?node=node-a&x=y HTTP/1.1\r\nHost: 10.0.0.5:10250\r\nAccept: a\r\n\r\n",
        "GET /a HTTP/1.1\r\nHost: h\r\n\r\nHEAD /b HTTP/1.1\r\nHost: h\r\nConnection: close, a\r\nA: b\r\n\r\nGARBAGE",
        "POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhelloGET /b HTTP/1.1\r\nHost: h\r\n\r\n",
        "POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n0\r\nT: u\r\n\r\nGET /b HTTP/1.1\r\n"
            + "Host: h\r\n\r\n",
        "GET /a HTTP/1.1\r\nHost: h\r\n A: folded\r\n\r\n", "GET /a HTTP/1.1\nHost: h\n\n",
        "GET /a HTTP/1.0\r\nHost: h\r\n\r\n",
        "GET /a HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "\r\nGET /a HTTP/1.1\r\nHost: h\r\n\r\n",
        "CONNECT node-a:10250 HTTP/1.1\r\nHost: node-a\r\n\r\n\u{16}\u{3}\u{1}",
    ]

    fileprivate static let answerTexts: [String] = [
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhelloHTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nA\r\n0123456789\r\n0\r\n\r\nHTTP/1.1 204 x\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n\r\n\r\n1\r\n0\r\n0\r\nT: u\r\n\r\n",
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx", "HTTP/1.0 200 OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\ncut",
    ]

    private func expectSame(_ text: String, as side: MessageReader.Side) {
        let bytes = Array(text.utf8)
        let whole = MessageReader.events(of: bytes, as: side)
        #expect(!whole.isEmpty)
        #expect(!whole.contains { if case .contradiction = $0 { true } else { false } }, "\(whole)")
        for cut in 0...bytes.count {
            #expect(MessageReader.events(of: bytes, cutAt: [cut], as: side) == whole, "cut at \(cut)")
        }
        #expect(MessageReader.events(of: bytes, cutAt: Array(0..<bytes.count), as: side) == whole, "byte by byte")
    }

    @Test("are the same requests wherever they are cut", arguments: SplitTests.requestTexts)
    func requests(text: String) { expectSame(text, as: .server) }

    @Test("are the same answers wherever they are cut", arguments: SplitTests.answerTexts)
    func answers(text: String) { expectSame(text, as: .client) }

    @Test("make heads over the limit too large, whole or byte by byte", arguments: [4_095, 4_096, 4_097, 10_000])
    func limit(size: Int) {
        let start = "GET /a HTTP/1.1\r\nHost: h\r\nA: "
        let text = start + String(repeating: "x", count: size - start.utf8.count - 4) + "\r\n\r\n"
        expectSame(text, as: .server)
    }

    @Test("make a head over the limit too large, also where what is behind the limit is malformed")
    func malformedBehindLimit() {
        let text = "GET /a HTTP/1.1\r\nHost: h\r\nA: " + String(repeating: "x", count: 5_000) + "\n"
        expectSame(text, as: .server)
        let events = MessageReader.events(of: Array(text.utf8), as: .server)
        #expect(events == [.refused(.headTooLarge(limit: 4_096))])
    }

    @Test("hold as many pipelined requests as were sent, each with its own bytes")
    func pipelined() {
        let text = (0..<12).map { "GET /\($0) HTTP/1.1\r\nHost: h\r\n\r\n" }.joined()
        let events = MessageReader.events(of: Array(text.utf8), as: .server)
        #expect(events.count == 24)
        expectSame(text, as: .server)
    }
}
