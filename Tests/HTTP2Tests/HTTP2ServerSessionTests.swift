import Testing

@testable import HTTP2

@Suite("An HTTP/2 session")
struct HTTP2ServerSessionTests {
    private func lines(_ request: HTTP2Request) -> [String] {
        request.fields.fields.map { "\(request.fields.text($0.name)): \(request.fields.text($0.value))" }
    }

    @Test("takes requests in any pieces, and gives answers in frames")
    func exchange() throws {
        var random = SplitMix64(state: 7)
        let input =
            Frame.preface + Frame.request(1) + Frame.request(3, Frame.get + [("accept", "text/plain")])
            + Frame.request(5, endsStream: false)
            + Frame(kind: .data, flags: Frame.endStream, stream: 5).bytes
            + Frame(kind: .ping, payload: [1, 2, 3, 4, 5, 6, 7, 8]).bytes
        for round in 0..<200 {
            let peer = try Peer()
            peer.send(input) { round == 0 ? .max : Int.random(in: 1...40, using: &random) }
            #expect(peer.failure == nil)
            #expect(peer.requests.map(\.stream) == [1, 3, 5])
            try #require(peer.requests.count == 3)
            #expect(lines(peer.requests[0]) == Frame.get.map { "\($0.0): \($0.1)" })
            #expect(lines(peer.requests[1]).last == "accept: text/plain")
            #expect(peer.requests.allSatisfy { !$0.isBodyTooLarge && !$0.isHeadTooLarge && $0.body.isEmpty })
            #expect(
                peer.frames.contains {
                    $0.kind == .ping && $0.flags == Frame.ack && $0.payload == [1, 2, 3, 4, 5, 6, 7, 8]
                })
            peer.respond(1, Peer.Body(20_000))
            peer.respond(3, nil)
            #expect(peer.body(1) == (0..<20_000).map { UInt8(truncatingIfNeeded: $0) })
            #expect(peer.hasEnded(1) && peer.hasEnded(3) && !peer.hasEnded(5))
            let reader = FieldReader()
            let heads = peer.frames.filter { $0.kind == .headers }.map(reader.read)
            #expect(
                heads == [[":status: 200", "content-type: text/plain"], [":status: 200", "content-type: text/plain"]])
            // Each DATA frame fits into one record of TLS.
            #expect(peer.frames.allSatisfy { $0.bytes.count <= 16_384 })
        }
    }

    @Test(
        "ends the connection for what is no HTTP/2",
        arguments: [
            ("an even stream", Frame.request(2), 1),
            ("DATA where no stream is", Frame(kind: .data, stream: 1, payload: [1]).bytes, 1),
            (
                "a frame that is too long",
                Frame(kind: .data, stream: 1, payload: [UInt8](repeating: 0, count: 16_385)).bytes, 6
            ),
            (
                "an acknowledgement that says something",
                Frame(kind: .settings, flags: Frame.ack, payload: [0, 0, 0, 0, 0, 0]).bytes, 6
            ),
            ("a window that does not grow", Frame.windowUpdate(0, by: 0), 1),
            ("a window over its limit", Frame.windowUpdate(0, by: 0x7fff_ffff), 3),
            ("CONTINUATION of nothing", Frame(kind: .continuation, stream: 1).bytes, 1),
            (
                "PUSH_PROMISE from a client",
                Frame(kind: .pushPromise, flags: Frame.endHeaders, stream: 1, payload: [0, 0, 0, 2]).bytes, 1
            ),
            (
                "fields that are no HPACK",
                Frame(kind: .headers, flags: 5, stream: 1, payload: [0xff, 0xff, 0xff, 0xff, 0xff, 0xff]).bytes, 9
            ),
            ("a ping of 7 bytes", Frame(kind: .ping, payload: [1, 2, 3, 4, 5, 6, 7]).bytes, 6),
            ("a reset of an idle stream", Frame.reset(1), 1),
            (
                "another frame inside a request's fields",
                Frame(kind: .headers, stream: 1).bytes + Frame(kind: .ping, payload: [1, 2, 3, 4, 5, 6, 7, 8]).bytes, 1
            ),
        ] as [(String, [UInt8], UInt32)])
    func connectionErrors(what: String, bytes: [UInt8], code: UInt32) throws {
        let peer = try Peer()
        peer.send(Frame.preface + bytes)
        #expect(peer.codes(.goAway) == [code])
        #expect(peer.failure != nil || peer.session.isOver)
    }

    @Test("refuses a peer that speaks something else")
    func noPreface() throws {
        let peer = try Peer()
        peer.send(Array("GET /metrics HTTP/1.1\r\nHost: node-a\r\n\r\n".utf8))
        #expect(peer.failure?.code == .protocolError)
    }

    @Test(
        "resets the stream of a request that is malformed, and goes on",
        arguments: [
            ("a capital in a name", Frame.get + [("Accept", "a")]),
            ("a field of HTTP/1.1", Frame.get + [("connection", "close")]),
            ("no path", Array(Frame.get.dropLast())), ("two paths", Frame.get + [(":path", "/b")]),
            ("an unknown pseudo-header field", Frame.get + [(":what", "a")]),
            ("a pseudo-header field behind others", [("accept", "a")] + Frame.get),
            ("a line feed in a value", Frame.get + [("accept", "a\nb: c")]),
            ("a NUL in a value", Frame.get + [("accept", "a\0")]),
            ("a blank in a name", Frame.get + [("a b", "c")]), ("te: gzip", Frame.get + [("te", "gzip")]),
            ("a length that is none", Frame.get + [("content-length", "x")]),
            ("a length and no body", Frame.get + [("content-length", "5")]),
        ] as [(String, [(String, String)])])
    func streamErrors(what: String, fields: [(String, String)]) throws {
        let peer = try Peer()
        peer.send(Frame.preface + Frame.request(1, fields) + Frame.request(3))
        #expect(peer.codes(.reset).count == 1)
        #expect(peer.requests.map(\.stream) == [3])
        #expect(peer.failure == nil && !peer.session.isOver)
    }

    @Test("tells a request whose fields are over the limit from others, and goes on")
    func longHead() throws {
        let peer = try Peer()
        let long = Frame.get + (0..<20).map { ("x-\($0)", String(repeating: "x", count: 3_500)) }
        var block = Frame.block(long)[...]
        var input = Frame(kind: .headers, flags: Frame.endStream, stream: 1, payload: Array(block.prefix(16_000))).bytes
        block = block.dropFirst(16_000)
        while !block.isEmpty {
            let part = Array(block.prefix(16_000))
            block = block.dropFirst(part.count)
            input +=
                Frame(kind: .continuation, flags: block.isEmpty ? Frame.endHeaders : 0, stream: 1, payload: part).bytes
        }
        peer.send(Frame.preface + input + Frame.request(3))
        #expect(peer.requests.map(\.isHeadTooLarge) == [true, false])
        #expect(peer.requests.map(\.stream) == [1, 3])
        #expect((peer.requests.first?.fields.size ?? 0) < 64 * 1024 + 4_000)
    }

    @Test("keeps nothing of a body, and says that there is one")
    func body() throws {
        let peer = try Peer()
        peer.send(Frame.preface + Frame.request(1, endsStream: false))
        #expect(peer.requests.isEmpty && peer.session.waitsForRequestSince == 0)
        peer.send(Frame(kind: .data, stream: 1, payload: [1, 2, 3]).bytes)
        #expect(peer.requests.map(\.isBodyTooLarge) == [true])
        #expect(peer.requests.first?.body.isEmpty == true && peer.session.waitsForRequestSince == nil)
        peer.respond(1, nil)
        peer.session.reset(1, .noError)
        peer.read()
        #expect(peer.hasEnded(1) && peer.codes(.reset) == [0])
        // What was on its way is thrown away.
        peer.send(Frame(kind: .data, flags: Frame.endStream, stream: 1, payload: [4]).bytes + Frame.request(3))
        #expect(peer.requests.map(\.stream) == [1, 3] && peer.failure == nil)
    }

    @Test("gives up requests that don't come to their end")
    func unfinished() throws {
        let peer = try Peer()
        peer.send(Frame.preface + Frame.request(1, endsStream: false))
        peer.now = 6_000
        peer.send(Frame.request(3, endsStream: false))
        try peer.session.giveUpRequests(begunBefore: 5_000)
        peer.read()
        #expect(peer.frames.filter { $0.kind == .reset }.map(\.stream) == [1])
        #expect(peer.session.waitsForRequestSince == 6_000)
        peer.send(Frame(kind: .headers, stream: 5, payload: Frame.block(Frame.get)).bytes)
        #expect(throws: HTTP2Error.self) { try peer.session.giveUpRequests(begunBefore: 7_000) }
    }

    @Test("holds back what the peer's window has no room for, and lets other streams by")
    func windows() throws {
        let peer = try Peer()
        peer.send(Frame.preface + Frame.windowUpdate(0, by: 10_000_000) + Frame.request(1) + Frame.request(3))
        let stuck = Peer.Body(4_000_000)
        peer.respond(1, stuck)
        #expect(peer.body(1).count == 65_535 && stuck.sent == 65_535)
        peer.respond(3, Peer.Body(60_000))
        #expect(peer.body(3).count == 60_000 && peer.hasEnded(3))
        peer.send(Frame.windowUpdate(1, by: 100_000))
        #expect(peer.body(1).count == 165_535 && !peer.hasEnded(1))
        peer.send(Frame.windowUpdate(1, by: 5_000_000))
        #expect(peer.body(1) == (0..<4_000_000).map { UInt8(truncatingIfNeeded: $0) } && peer.hasEnded(1))
    }

    @Test("resets a stream whose answer breaks off")
    func cutAnswer() throws {
        let peer = try Peer()
        peer.send(Frame.preface + Frame.request(1) + Frame.request(3))
        peer.respond(1, Peer.Body(60_000, cutsAfter: 10_000))
        #expect(!peer.hasEnded(1) && peer.codes(.reset) == [2])
        peer.respond(3, Peer.Body(5))
        #expect(peer.hasEnded(3))
    }

    @Test("refuses streams over the limit one by one")
    func concurrentStreams() throws {
        let peer = try Peer()
        peer.send(Frame.preface + Frame(kind: .settings, flags: Frame.ack).bytes)
        for number in 0..<103 { peer.send(Frame.request(UInt32(2 * number + 1))) }
        #expect(peer.requests.count == 100)
        #expect(peer.codes(.reset) == [7, 7, 7] || peer.codes(.goAway) == [1], "\(peer.frames.suffix(4))")
    }

    @Test("survives what is broken anywhere, and still speaks in whole frames")
    func mutations() throws {
        var random = SplitMix64(state: 11)
        let longBody = Frame(kind: .data, stream: 5, payload: [UInt8](repeating: 1, count: 300)).bytes
        let input =
            Frame.preface + Frame.request(1) + Frame.windowUpdate(1, by: 70_000) + Frame.request(3)
            + Frame.request(5, endsStream: false) + longBody + Frame.reset(3) + Frame.request(7)
            + Frame.windowUpdate(0, by: 100_000) + Frame.request(9)
        for _ in 0..<5_000 {
            let peer = try Peer()
            var broken = input
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                // Behind the first line of the preface: what breaks that is told at once.
                let place = Int.random(in: 24..<broken.count, using: &random)
                switch Int.random(in: 0..<4, using: &random) {
                case 0: broken[place] = UInt8.random(in: 0...255, using: &random)
                case 1: broken[place] ^= 1 << UInt8.random(in: 0...7, using: &random)
                case 2: broken.remove(at: place)
                default: broken.insert(UInt8.random(in: 0...255, using: &random), at: place)
                }
            }
            while !broken.isEmpty, peer.failure == nil {
                let part = Array(broken.prefix(Int.random(in: 1...60, using: &random)))
                broken.removeFirst(part.count)
                let known = peer.requests.count
                peer.send(part)
                for request in peer.requests.dropFirst(known) { peer.respond(request.stream, Peer.Body(80_000)) }
            }
            peer.read()
            #expect(peer.requests.count <= 5)
            #expect(!peer.sentRest)
            // No stream gets more than its window had room for at the most.
            #expect(peer.frames.filter { $0.kind == .data }.allSatisfy { $0.payload.count <= 16_375 })
        }
    }

    @Test("tells when the peer breaks a stream off")
    func reset() throws {
        let peer = try Peer()
        peer.send(Frame.preface + Frame.request(1) + Frame.request(3))
        peer.respond(1, Peer.Body(100_000))
        peer.send(Frame.reset(1))
        #expect(peer.closed == [1] && !peer.session.isOpen(1) && peer.failure == nil)
    }

    @Test("takes no further streams when it drains, and is over when those that were open are")
    func draining() throws {
        let peer = try Peer()
        peer.send(Frame.preface + Frame.request(1))
        peer.session.refuseFurtherStreams()
        peer.read()
        #expect(peer.codes(.goAway) == [0])
        peer.send(Frame.request(3))
        #expect(peer.requests.map(\.stream) == [1] && !peer.session.isOver)
        peer.respond(1, Peer.Body(1_000))
        #expect(peer.hasEnded(1) && peer.session.isOver)
    }
}
