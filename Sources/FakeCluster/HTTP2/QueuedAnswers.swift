import HTTP2

/// Answers on one HTTP/2 connection whose bodies are written into memory first, and sent as the peer takes them.
final class QueuedAnswers {
    private final class Body: HTTP2Body {
        var bytes: [UInt8] = []
        var sent = 0
        var isFinished = false

        func read(into frame: UnsafeMutableRawBufferPointer) -> HTTP2BodyPart {
            let part = bytes[sent...].prefix(frame.count)
            if part.isEmpty, !isFinished { return .nothingYet }
            unsafe frame.copyBytes(from: part)
            sent += part.count
            let isDrained = sent == bytes.count
            if isDrained { (bytes, sent) = ([], 0) }
            return .bytes(part.count, isLast: isDrained && isFinished)
        }
    }

    private let session: HTTP2ServerSession
    private var bodies: [Int32: Body] = [:]

    init() throws(HTTP2Error) {
        var limits = HTTP2Limits()
        // As many streams at once as Go's server allows.
        limits.concurrentStreams = 250
        limits.bodySize = 1 << 20
        session = try HTTP2ServerSession(limits)
    }

    /// Takes what the peer sent, and returns the requests that are complete by it.
    func receive(_ bytes: [UInt8]) throws(HTTP2Error) -> [HTTP2Request] {
        // Not by `withUnsafeBytes`, through which a typed error does not pass.
        var requests: [HTTP2Request] = []
        for event in try unsafe session.receive(bytes.span.withUnsafeBytes { unsafe $0 }) {
            switch event {
            case .request(let request): requests.append(request)
            case .closed(let stream): bodies[stream] = nil
            }
        }
        return requests
    }

    /// All that the peer's windows let through now.
    func takeOutput() throws(HTTP2Error) -> [UInt8] {
        var output: [UInt8] = []
        while try unsafe session.takeOutput({ unsafe output.append(contentsOf: $0) }) {}
        return output
    }

    /// Begins an answer; its body follows by `append` and `finish`.
    func respond(_ stream: Int32, status: Int, fields: [(name: String, value: String)]) {
        var block = HTTP2Fields()
        block.append(":status", "\(status)".utf8)
        for field in fields { block.append(name: field.name.lowercased().utf8, value: field.value.utf8) }
        let body = Body()
        bodies[stream] = body
        session.respond(stream, block, body: body)
    }

    /// Adds to the body of an answer.
    func append(_ bytes: [UInt8], to stream: Int32) {
        bodies[stream]?.bytes += bytes
        session.resume(stream)
    }

    /// The answer is complete.
    func finish(_ stream: Int32) {
        bodies[stream]?.isFinished = true
        session.resume(stream)
    }

    /// Breaks an answer off.
    func reset(_ stream: Int32) { session.reset(stream, .internalError) }

    /// Whether the peer still wants the answer.
    func isOpen(_ stream: Int32) -> Bool { session.isOpen(stream) }

    /// Whether neither side has anything more to say.
    var isOver: Bool { session.isOver }
}
