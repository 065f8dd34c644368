import HTTP2

/// A session under test and what its peer has got of it.
final class Peer {
    /// Bytes that go out as fast as the windows allow.
    final class Body: HTTP2Body {
        private var left: Int
        private let cutsAfter: Int?
        private(set) var sent = 0

        /// - Parameter cutsAfter: bytes after which there is no more, and no proper end.
        init(_ length: Int, cutsAfter: Int? = nil) {
            left = length
            self.cutsAfter = cutsAfter
        }

        func read(into frame: UnsafeMutableRawBufferPointer) -> HTTP2BodyPart {
            if let cutsAfter, sent >= cutsAfter { return .broken }
            let count = min(left, frame.count)
            for position in 0..<count { unsafe frame[position] = UInt8(truncatingIfNeeded: sent + position) }
            left -= count
            sent += count
            return .bytes(count, isLast: left == 0)
        }
    }

    let session: HTTP2ServerSession
    private(set) var events: [HTTP2Event] = []
    private(set) var frames: [Frame] = []
    private(set) var failure: HTTP2Error?
    /// Whether something was sent that is no whole frame.
    private(set) var sentRest = false
    var now: UInt64 = 0

    init(_ limits: HTTP2Limits = HTTP2Limits()) throws { session = try HTTP2ServerSession(limits) }

    /// - Parameters:
    ///   - piece: bytes that arrive at a time.
    ///   - reads: whether the peer takes what the session has to say after each piece.
    func send(_ bytes: [UInt8], inPiecesOf piece: () -> Int = { .max }, reads: Bool = true) {
        var rest = bytes[...]
        while !rest.isEmpty, failure == nil {
            let part = Array(rest.prefix(piece()))
            rest = rest.dropFirst(part.count)
            do throws(HTTP2Error) {
                events += try unsafe session.receive(part.span.withUnsafeBytes { unsafe $0 }, now: now)
            } catch {
                failure = error
                frames += Frame.read(session.farewell(error.code))
            }
            if reads { read() }
        }
    }

    func read() {
        var output: [UInt8] = []
        while (try? unsafe session.takeOutput { unsafe output.append(contentsOf: $0) }) == true {}
        let whole = Frame.read(output)
        frames += whole
        if whole.reduce(0, { $0 + $1.bytes.count }) != output.count { sentRest = true }
    }

    func forget() { (frames, events) = ([], []) }

    /// Answers with a body of a length.
    func respond(_ stream: Int32, _ body: Body?) {
        var fields = HTTP2Fields()
        fields.append(":status", "200".utf8)
        fields.append("content-type", "text/plain".utf8)
        session.respond(stream, fields, body: body)
        read()
    }

    var requests: [HTTP2Request] {
        events.compactMap { if case .request(let request) = $0 { request } else { nil } }
    }

    var closed: [Int32] {
        events.compactMap { if case .closed(let stream) = $0 { stream } else { nil } }
    }

    func codes(_ kind: Frame.Kind) -> [UInt32] { frames.filter { $0.kind == kind }.compactMap(\.errorCode) }

    func body(_ stream: UInt32) -> [UInt8] {
        frames.filter { $0.kind == .data && $0.stream == stream }.flatMap(\.payload)
    }

    func hasEnded(_ stream: UInt32) -> Bool {
        frames.contains { $0.stream == stream && $0.kind != .reset && $0.flags & Frame.endStream != 0 }
    }
}

/// A seeded source of random numbers.
struct SplitMix64: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}
