/// A request that is complete, or of which enough came to refuse it.
package struct HTTP2Request: Sendable {
    package let stream: Int32
    package internal(set) var fields = HTTP2Fields()
    package internal(set) var body: [UInt8] = []
    /// The fields are over `headerListSize`, and not all here.
    package internal(set) var isHeadTooLarge = false
    /// The body is over `bodySize`, and not all here.
    package internal(set) var isBodyTooLarge = false
    /// When its head began. The caller's milliseconds.
    let begun: UInt64

    init(stream: Int32, begun: UInt64) {
        self.stream = stream
        self.begun = begun
    }
}

/// What came of the bytes that the peer sent.
package enum HTTP2Event: Sendable {
    case request(HTTP2Request)
    /// A stream is over: its answer is sent, or one side broke it off.
    case closed(stream: Int32)
}

/// Where the body of an answer comes from, as the peer's windows let it through.
package protocol HTTP2Body: AnyObject {
    /// Moves the next bytes into a frame.
    func read(into frame: UnsafeMutableRawBufferPointer) -> HTTP2BodyPart
}

package enum HTTP2BodyPart {
    case bytes(Int, isLast: Bool)
    /// Until `resume`.
    case nothingYet
    /// There will be no proper end: the stream is reset.
    case broken
}
