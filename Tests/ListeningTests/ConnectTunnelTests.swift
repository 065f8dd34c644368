import EventLoop
import Listening
import Testing

/// One after another: each blocks a thread of the pool that the others' sleeps need, too.
@Suite("A tunnel", .serialized)
struct ConnectTunnelTests {
    private static let request = "CONNECT node:1 HTTP/1.1\r\nHost: node:1\r\n\r\n"

    /// - Parameter early: what the scraper sends without waiting for the answer.
    private func withTunnel(
        idleTimeout: UInt64 = 10_000, early: String = "",
        _ body: (_ scraper: SocketEnd, _ kubelet: SocketEnd, TunnelLoop) async throws -> Void
    ) async throws {
        let (kubelet, descriptor) = try SocketEnd.pair()
        let loop = try TunnelLoop(to: descriptor, idleTimeout: idleTimeout)
        loop.startThread(named: "tunnel")
        defer { loop.executor.stop() }
        let scraper = SocketEnd(to: try await loop.listen())
        scraper.send(Self.request + early)
        try #require(scraper.receiveText(TunnelLoop.accepted.utf8.count) == TunnelLoop.accepted)
        try await body(scraper, kubelet, loop)
    }

    /// The tunnel's end takes a moment to be seen.
    private func ending(of loop: TunnelLoop) async throws -> ConnectTunnel.Ending? {
        for _ in 0..<200 {
            if let ending = await loop.ending { return ending }
            try await Task.sleep(for: .milliseconds(10))
        }
        return nil
    }

    private func isComplete(_ ending: ConnectTunnel.Ending?) -> Bool {
        if case .complete = ending { true } else { false }
    }

    @Test("moves bytes both ways; those that came behind the request come first")
    func bothWays() async throws {
        try await withTunnel(early: "hello ") { (scraper, kubelet, loop) async throws in
            scraper.send("kubelet")
            #expect(kubelet.receiveText(13) == "hello kubelet")
            kubelet.send("hello scraper")
            #expect(scraper.receiveText(13) == "hello scraper")
            #expect(await loop.moved == [.upstream: 13, .downstream: 13])
        }
    }

    @Test("hands on the end of either side's stream, while the other direction goes on", arguments: [true, false])
    func halfClose(scraperFirst: Bool) async throws {
        try await withTunnel(early: "x") { (scraper, kubelet, loop) async throws in
            let (first, second) = scraperFirst ? (scraper, kubelet) : (kubelet, scraper)
            #expect(kubelet.receiveText(1) == "x")
            first.send("last words")
            first.endSending()
            #expect(second.receiveText(10) == "last words")
            #expect(second.nextEnd == .closed)
            second.send("answer")
            #expect(first.receiveText(6) == "answer")
            #expect(await loop.ending == nil)
            second.endSending()
            #expect(first.nextEnd == .closed)
            #expect(isComplete(try await ending(of: loop)))
        }
    }

    @Test("resets the other side too when one breaks", arguments: [true, false])
    func reset(byScraper: Bool) async throws {
        try await withTunnel(early: "x") { (scraper, kubelet, loop) async throws in
            #expect(kubelet.receiveText(1) == "x")
            (byScraper ? scraper : kubelet).reset()
            #expect((byScraper ? kubelet : scraper).nextEnd == .reset)
            guard case .broken = try await ending(of: loop) else {
                Issue.record("not broken")
                return
            }
        }
    }

    @Test("stops reading from a side while the other takes nothing, and loses nothing of it", arguments: [true, false])
    func backPressure(upwards: Bool) async throws {
        try await withTunnel(early: "x") { (scraper, kubelet, loop) async throws in
            #expect(kubelet.receiveText(1) == "x")
            let (source, sink) = upwards ? (scraper, kubelet) : (kubelet, scraper)
            let bytes = (0..<64 << 20).map { UInt8(truncatingIfNeeded: $0 &* 7 >> 8) }
            Thread.start(named: "sender") { source.send(bytes) }
            // The kernel's buffers hold some MB, and the tunnel not more than one of its own.
            try await Task.sleep(for: .milliseconds(300))
            let direction: TunnelDirection = upwards ? .upstream : .downstream
            let before = await loop.moved[direction, default: 0]
            try await Task.sleep(for: .milliseconds(100))
            #expect(await loop.moved[direction, default: 0] == before)
            #expect(before < bytes.count / 2)
            // Meanwhile the other way is open.
            sink.send("still here")
            #expect(source.receiveText(10) == "still here")
            let received = sink.receive(bytes.count)
            #expect(received.end == .enough && received.bytes.count == bytes.count)
            // Not compared inside the macro, which would look for the difference.
            let isSame = received.bytes == bytes
            #expect(isSame)
        }
    }

    @Test("ends when nothing moves for idle_timeout, and each byte in either direction puts that off")
    func idleTimeout() async throws {
        try await withTunnel(idleTimeout: 1500) { (scraper, kubelet, loop) async throws in
            for turn in 0..<5 {
                try await Task.sleep(for: .milliseconds(400))
                let (source, sink) = turn % 2 == 0 ? (kubelet, scraper) : (scraper, kubelet)
                source.send("x")
                #expect(sink.receiveText(1) == "x")
            }
            #expect(await loop.ending == nil)
            let begun = ContinuousClock.now
            #expect(scraper.nextEnd == .closed)
            #expect(kubelet.nextEnd == .closed)
            #expect((.milliseconds(1_000)...(.seconds(5))).contains(ContinuousClock.now - begun))
            guard case .idle = try await ending(of: loop) else {
                Issue.record("not idle")
                return
            }
        }
    }

    @Test("that is ended from outside ends at once on both sides", arguments: [true, false])
    func ended(abruptly: Bool) async throws {
        try await withTunnel(early: "x") { (scraper, kubelet, loop) async throws in
            #expect(kubelet.receiveText(1) == "x")
            await loop.end(abruptly: abruptly)
            #expect(scraper.nextEnd == (abruptly ? .reset : .closed))
            #expect(kubelet.nextEnd == (abruptly ? .reset : .closed))
        }
    }
}
