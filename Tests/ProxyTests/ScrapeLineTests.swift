import Addressing
import Identity
import Testing

@testable import Proxy

@Suite("The line of a scrape")
struct ScrapeLineTests {
    private func line(
        isColoured: Bool = false, _ change: (inout ScrapeRecord) -> Void = { _ in }
    ) throws -> String {
        var scrape = ScrapeRecord(begun: 0, keepsAlive: true)
        scrape.claim = NodeClaim(node: "node-b")
        scrape.address = SocketAddress("10.0.0.5:10250")
        scrape.path = "/metrics/cadvisor"
        scrape.status = 200
        scrape.bodyBytes = 98_123
        change(&scrape)
        let finished = FinishedScrape(scrape, milliseconds: 23)
        return ScrapeLine(finished, time: "12:03:07Z").text(isColoured: isColoured)
    }

    @Test("has verdict, reason, node, path, status, bytes and time")
    func forwarded() throws {
        #expect(
            try line()
                == "12:03:07Z forward owner          node-b 10.0.0.5:10250 /metrics/cadvisor 200 98123B 23ms")
    }

    @Test("tells by what the kubelet was proved to be the owner, where it was looked at")
    func evidence() throws {
        #expect(try line { $0.evidence = "certificate" }.hasSuffix(" 23ms evidence=certificate"))
        #expect(try line { $0.evidence = "none" }.hasSuffix(" evidence=none"))
    }

    @Test("says why a scrape was dropped, in one line whatever it holds")
    func dropped() throws {
        let text = try line { scrape in
            (scrape.dropped, scrape.status, scrape.bodyBytes) = (.staleIdentity, 421, 0)
            scrape.claim = NodeClaim(node: "node-a\n\u{1b}[2J")
            scrape.refusal = ErrorResponse(.staleIdentity, "Stale node identity: 10.0.0.5:10250 is node-b")
        }
        #expect(
            text == "12:03:07Z drop    stale_identity node-a  [2J 10.0.0.5:10250 /metrics/cadvisor 421 0B 23ms "
                + "Stale node identity: 10.0.0.5:10250 is node-b")
    }

    @Test("has what is known and no more")
    func unknown() throws {
        let text = try line { scrape in
            scrape.dropped = .malformedRequest
            (scrape.claim, scrape.address, scrape.path, scrape.status) = (nil, nil, nil, 0)
        }
        #expect(text == "12:03:07Z drop    malformed_request - - - 98123B 23ms")
        #expect(try line { $0.verdict = .drop(.moved) }.contains("forward moved "))
        #expect(try line { $0.verdict = .rewrite(.staleIdentity) }.contains("rewrite stale_identity "))
    }

    @Test("is green, red, or yellow where what came through is no success; and without colours elsewhere")
    func colours() throws {
        #expect(try line(isColoured: true).contains(" \u{1b}[32mforward\u{1b}[0m owner "))
        #expect(try line(isColoured: true) { $0.dropped = .moved }.contains("\u{1b}[31mdrop   \u{1b}[0m"))
        #expect(try line(isColoured: true) { $0.status = 500 }.contains("\u{1b}[33mforward"))
        #expect(try !line().contains("\u{1b}"))
    }
}
