import HTTP
import Testing

@testable import Proxy

@Suite("The head of a forwarded answer")
struct AnswerHeadTests {
    private func lines(
        _ fields: String, leavingOut: [FieldName] = [], _ change: (inout ScrapeRecord) -> Void = { _ in }
    ) throws -> [String] {
        let bytes = Array("HTTP/1.1 200 OK\r\n\(fields)\r\n".utf8)
        let head = try unsafe bytes.withUnsafeBytes { unsafe try ResponseHead($0) }
        var scrape = ScrapeRecord(begun: 0, keepsAlive: true)
        change(&scrape)
        var writer = HeadWriter()
        writer.startResponse(head.status, reason: head.reasonPhrase)
        AnswerHead.copyFields(of: head, leavingOut: leavingOut, with: &writer)
        AnswerHead.end(with: &writer, scrape)
        return Array(writer.lines.dropFirst())
    }

    private let forward = "X-Kubelet-Relabel-Proxy-Verdict: forward; reason=owner"

    @Test("has the kubelet's fields as they came, but not those of its own connection or of the proxy")
    func fields() throws {
        let fields = [
            "Content-Type: text/plain; version=0.0.4", "content-ENCODING: gzip", "Date: today",
            "Connection: close, X-Mine",
            "X-Mine: 1", "Keep-Alive: 5", "Transfer-Encoding: chunked", "Trailer: X",
            "X-Kubelet-Relabel-Proxy-Verdict: drop; reason=moved", "Vary: Accept",
        ].map { $0 + "\r\n" }.joined()
        #expect(
            try lines(fields) == [
                "Content-Type: text/plain; version=0.0.4", "content-ENCODING: gzip", "Date: today", "Vary: Accept",
                forward,
            ])
        #expect(
            try lines(fields, leavingOut: [.contentEncoding, .vary]) == [
                "Content-Type: text/plain; version=0.0.4", "Date: today", forward,
            ])
    }

    @Test("tells the verdict that would have been, in mode observe")
    func observed() throws {
        #expect(
            try lines("") { $0.verdict = .drop(.staleIdentity) } == [
                "X-Kubelet-Relabel-Proxy-Verdict: drop; reason=stale_identity"
            ])
    }

    @Test("tells of a stale name that was rewritten, and why it is stale")
    func rewritten() throws {
        #expect(
            try lines("") { $0.verdict = .rewrite(.moved) } == [
                "X-Kubelet-Relabel-Proxy-Verdict: rewrite; reason=moved"
            ])
    }

    @Test("says when the connection ends with it")
    func last() throws {
        #expect(try lines("") { $0.keepsAlive = false } == [forward, "Connection: close"])
    }
}
