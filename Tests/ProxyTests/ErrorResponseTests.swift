import Addressing
import Foundation
import HTTP
import Identity
import Scraping
import Testing

@testable import Proxy

@Suite("An answer of the proxy's own")
struct ErrorResponseTests {
    /// Spec 10, by the spelling of the reasons.
    private static let statuses: [Int: [String]] = [
        400: ["malformed_request", "contradictory_claims"],
        401: ["unauthenticated"],
        403: ["forbidden", "path_not_allowed", "method_not_allowed", "port_not_allowed"],
        404: ["not_found"],
        421: [
            "stale_identity", "moved", "unknown_node", "no_claim", "wrong_evidence", "unproven",
            "owner_already_scraped",
        ],
        429: ["limit"],
        502: ["kubelet_unreachable", "kubelet_broken"],
        503: [
            "no_ready_node", "no_address", "contested", "not_synced", "stale_table", "unknown_address", "shutting_down",
        ],
        504: ["kubelet_timeout", "downstream_gone"],
    ]

    @Test("Every reason has the status of spec 10, and no other reason exists", arguments: statuses)
    func status(status: Int, reasons: [String]) throws {
        for spelling in reasons {
            let reason = try #require(DropReason(rawValue: spelling), "\(spelling)")
            #expect(ErrorResponse(reason, "Why").status == status, "\(spelling)")
        }
        #expect(Self.statuses.values.joined().sorted() == DropReason.allCases.map(\.rawValue).sorted())
    }

    @Test("Verdicts are spelled as in spec 5, and all but `owner` are reasons to drop")
    func verdictReasons() {
        #expect(
            VerdictReason.allCases.map(\.rawValue) == [
                "owner", "not_synced", "stale_table", "unknown_node", "no_address", "unknown_address",
                "port_not_allowed", "contested", "no_ready_node", "no_claim", "stale_identity", "moved",
                "wrong_evidence", "unproven", "owner_already_scraped",
            ])
        for reason in VerdictReason.allCases {
            #expect(DropReason(reason)?.rawValue == (reason == .owner ? nil : reason.rawValue))
        }
    }

    @Test(
        "A request that the grammar refused closes the connection; a wrong target alone does not",
        arguments: [
            (HTTPError.malformed("no"), 400), (.headTooLarge(limit: 100), 431), (.versionNotSupported, 505),
            (.headTimedOut, 408),
        ])
    func grammar(error: HTTPError, status: Int) {
        #expect(ErrorResponse(error).status == status)
        #expect(ErrorResponse(error).reason == .malformedRequest)
        #expect(ErrorResponse(error).closesConnection)
        #expect(!ErrorResponse(inTarget: error).closesConnection)
    }

    private static let kubelet = SocketAddress(IPAddress(v4: 0x0a00_0005), port: 10250)

    @Test(
        "A scrape that failed says at which kubelet and why",
        arguments: [
            (ScrapeError.unreachable(kubelet, "refused"), 502, "Kubelet unreachable: 10.0.0.5:10250: refused"),
            (.broken(kubelet, "garbage"), 502, "Kubelet broken: 10.0.0.5:10250: garbage"),
            (
                .timeout(kubelet, during: .connecting), 504,
                "Kubelet timeout: 10.0.0.5:10250: connecting after 9.75s"
            ),
            (
                .timeout(kubelet, during: .head), 504,
                "Kubelet timeout: 10.0.0.5:10250: waiting for the answer after 9.75s"
            ),
            (
                .timeout(kubelet, during: .body), 504,
                "Kubelet timeout: 10.0.0.5:10250: reading the body after 9.75s"
            ),
            (.notRewritable(kubelet, "no type"), 502, "Answer can't be rewritten: 10.0.0.5:10250: no type"),
            (.cancelled, 503, "Shutting down"), (.downstreamGone, 504, "The scraper closed the connection"),
        ])
    func failures(error: ScrapeError, status: Int, phrase: String) {
        let refusal = ErrorResponse(error, timeout: 9_750)
        #expect(refusal.status == status)
        #expect(refusal.phrase == phrase)
    }

    private func written(
        _ refusal: ErrorResponse, asJSON: Bool = false, withoutBody: Bool = false, closes: Bool = false
    ) -> (head: [String], body: String) {
        var writer = HeadWriter()
        let bytes = refusal.write(
            to: &writer, requestID: "2a", asJSON: asJSON, withoutBody: withoutBody, closes: closes)
        return (writer.lines, String(decoding: bytes.dropFirst(writer.bytes.count), as: UTF8.self))
    }

    @Test("It is one line of facts, as long as it says")
    func text() {
        var refusal = ErrorResponse(.staleIdentity, "Stale: it is node-b")
        (refusal.claim, refusal.address, refusal.owner) = ("node-a", Self.kubelet, "node-b")
        let (head, body) = written(refusal)
        #expect(
            body
                == "stale_identity: Stale: it is node-b (claim=node-a address=10.0.0.5:10250 owner=node-b request_id=2a)\n"
        )
        #expect(
            head == [
                "HTTP/1.1 421 Stale: it is node-b", "Content-Type: text/plain; charset=utf-8",
                "Content-Length: \(body.utf8.count)",
                "X-Kubelet-Relabel-Proxy-Verdict: drop; reason=stale_identity",
            ])
    }

    @Test("As JSON it holds the same; to HEAD only the length is told")
    func json() throws {
        var refusal = ErrorResponse(.limit, "Too many \"scrapes\"")
        refusal.retryAfter = 1
        let (head, body) = written(refusal, asJSON: true, closes: true)
        let object = try #require(try JSONSerialization.jsonObject(with: Data(body.utf8)) as? [String: String])
        #expect(object == ["reason": "limit", "message": "Too many \"scrapes\"", "request_id": "2a"])
        #expect(head.contains("Content-Type: application/json"))
        #expect(head.contains("Retry-After: 1"))
        #expect(head.contains("Connection: close"))
        let (sameHead, nothing) = written(refusal, asJSON: true, withoutBody: true, closes: true)
        #expect(sameHead == head && nothing.isEmpty)
    }

    @Test("Nothing from outside begins a second line, in head or body", arguments: [true, false])
    func injection(asJSON: Bool) {
        var refusal = ErrorResponse(.unknownNode, "No\r\nX-Evil: 1\u{0}\u{7f}")
        refusal.claim = "a\r\n\r\nevil\t"
        let (head, body) = written(refusal, asJSON: asJSON)
        #expect(head[0] == "HTTP/1.1 421 No  X-Evil: 1  ")
        #expect(!head.contains { $0.hasPrefix("X-Evil") })
        #expect(body.utf8.filter { $0 < 0x20 }.elementsEqual([0x0a]))
        #expect(body.hasSuffix("\n"))
    }
}
