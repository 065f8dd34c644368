import Testing

@testable import HTTP2

@Suite("A flood of frames")
struct FloodTests {
    private static let ping = Frame(kind: .ping, payload: [1, 2, 3, 4, 5, 6, 7, 8]).bytes
    private static let settings = Frame(kind: .settings, payload: [0, 4, 0, 1, 0, 0]).bytes

    /// What is sent, and whether the peer reads what it is answered.
    struct Flood: CustomTestStringConvertible {
        let testDescription: String
        let bytes: [UInt8]
        var isRead = true

        init(
            _ description: String, _ count: Int, isRead: Bool = true, after start: [UInt8] = [],
            _ frames: (UInt32) -> [UInt8]
        ) {
            testDescription = description
            self.isRead = isRead
            bytes = start + (0..<UInt32(count)).flatMap(frames)
        }
    }

    private static let openFields = Frame(kind: .headers, stream: 1, payload: Frame.block(Frame.get)).bytes
    private static let longField = Frame.block([("a", String(repeating: "x", count: 16_000))])

    private static let floods = [
        Flood("resets", 400) { Frame.request(2 * $0 + 1) + Frame.reset(2 * $0 + 1) },
        Flood("pings", 2_000) { _ in ping }, Flood("pings, unread", 200, isRead: false) { _ in ping },
        Flood("settings", 2_000) { _ in settings }, Flood("settings, unread", 200, isRead: false) { _ in settings },
        Flood("priorities", 2_000) { _ in Frame(kind: .priority, stream: 1, payload: [0, 0, 0, 0, 9]).bytes },
        Flood("empty data", 2_000, after: Frame.request(1, endsStream: false)) { _ in
            Frame(kind: .data, stream: 1).bytes
        },
        Flood("CONTINUATION", 10, after: openFields) { _ in Frame(kind: .continuation, stream: 1).bytes },
        Flood("fields without end", 100, after: openFields) { _ in
            Frame(kind: .continuation, stream: 1, payload: longField).bytes
        },
    ]

    @Test("ends the connection, with words for the peer", arguments: floods)
    func ends(flood: Flood) throws {
        let peer = try Peer()
        peer.send(Frame.preface + flood.bytes, inPiecesOf: { 1_000 }, reads: flood.isRead)
        #expect(peer.failure?.code == .enhanceYourCalm)
        #expect(peer.codes(.goAway) == [11])
    }

    @Test("is none of what real scrapers send, at the pace of a large cluster")
    func normal() throws {
        let peer = try Peer()
        peer.send(Frame.preface)
        // Half an hour: a scrape each 50 ms, one of ten broken off by its timeout, a ping each second.
        for number in 0..<36_000 {
            peer.now += 50
            let stream = UInt32(2 * number + 1)
            peer.send(Frame.request(stream))
            if number % 10 == 0 { peer.send(Frame.reset(stream)) } else { peer.respond(Int32(stream), Peer.Body(100)) }
            if number % 20 == 0 { peer.send(Self.ping) }
            peer.forget()
            if let failure = peer.failure {
                Issue.record("\(number): \(failure)")
                return
            }
            peer.send(Frame.windowUpdate(0, by: 100))
        }
    }

    @Test("is told by a bucket of tokens that fills again")
    func bucket() {
        var bucket = TokenBucket(.init(burst: 3, perSecond: 2), now: 1_000)
        func take(_ moments: UInt64...) -> [Bool] { moments.map { bucket.take(at: $0) } }
        #expect(take(1_000, 1_000, 1_000, 1_000) == [true, true, true, false])
        #expect(take(1_400, 1_500, 1_500) == [false, true, false])
        // No more than a burst is saved up, and a clock that goes back gives none.
        #expect(take(90_000, 90_000, 90_000, 90_000, 1) == [true, true, true, false, false])
    }
}
