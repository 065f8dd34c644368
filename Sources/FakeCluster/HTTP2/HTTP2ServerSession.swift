import CNghttp2

/// libnghttp2 refused to go on: the connection is over.
struct HTTP2Error: Error {
    let code: Int32
}

/// The server's side of one HTTP/2 connection, without I/O: bytes in, requests out; responses in, bytes out.
@safe
final class HTTP2ServerSession {
    struct Request {
        let stream: Int32
        /// Pseudo-header fields included, names in lower case.
        var fields: [(name: String, value: String)] = []
        var body: [UInt8] = []

        subscript(name: String) -> String? { fields.first { $0.name == name }?.value }
    }

    /// What is still to be sent on a stream.
    private struct Outbox {
        var bytes: [UInt8] = []
        var sent = 0
        var isFinished = false
    }

    private var session: OpaquePointer?
    private var incoming: [Int32: Request] = [:]
    private var complete: [Request] = []
    private var outboxes: [Int32: Outbox] = [:]

    init() throws(HTTP2Error) {
        var callbacks: OpaquePointer?
        guard unsafe nghttp2_session_callbacks_new(&callbacks) == 0 else { throw HTTP2Error(code: 0) }
        defer { unsafe nghttp2_session_callbacks_del(callbacks) }
        unsafe HTTP2Callbacks.install(in: callbacks)
        // Unretained: the session is freed with this object.
        let code = unsafe nghttp2_session_server_new(&session, callbacks, Unmanaged.passUnretained(self).toOpaque())
        guard code == 0 else { throw HTTP2Error(code: code) }
        // As many streams at once as Go's server allows.
        var limit = nghttp2_settings_entry(
            settings_id: Int32(NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS.rawValue), value: 250)
        unsafe nghttp2_submit_settings(session, UInt8(NGHTTP2_FLAG_NONE.rawValue), &limit, 1)
    }

    deinit { unsafe nghttp2_session_del(session) }

    /// Takes what the peer sent, and returns the requests that are complete by it.
    func receive(_ bytes: [UInt8]) throws(HTTP2Error) -> [Request] {
        let taken = unsafe bytes.withUnsafeBufferPointer {
            unsafe nghttp2_session_mem_recv(session, $0.baseAddress, $0.count)
        }
        guard taken >= 0 else { throw HTTP2Error(code: Int32(taken)) }
        defer { complete = [] }
        return complete
    }

    /// All that the peer's windows let through now.
    func takeOutput() throws(HTTP2Error) -> [UInt8] {
        var output: [UInt8] = []
        while true {
            var frame: UnsafePointer<UInt8>?
            let length = unsafe nghttp2_session_mem_send(session, &frame)
            guard length >= 0 else { throw HTTP2Error(code: Int32(length)) }
            guard length > 0 else { return output }
            unsafe output.append(contentsOf: UnsafeBufferPointer(start: frame, count: length))
        }
    }

    /// Begins an answer; its body follows by `append` and `finish`.
    func respond(_ stream: Int32, status: Int, fields: [(name: String, value: String)]) {
        outboxes[stream] = Outbox()
        // libnghttp2 copies names and values, which have to stay where they are until then: one block holds them all.
        let all = [(":status", "\(status)")] + fields.map { ($0.name.lowercased(), $0.value) }
        let texts = all.flatMap { [Array($0.0.utf8), Array($0.1.utf8)] }
        let block = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: texts.reduce(0) { $0 + $1.count })
        defer { unsafe block.deallocate() }
        _ = unsafe block.initialize(fromContentsOf: texts.joined())
        var pairs: [nghttp2_nv] = unsafe []
        var place = block.baseAddress
        for index in stride(from: 0, to: texts.count, by: 2) {
            let (name, value) = (texts[index].count, texts[index + 1].count)
            unsafe pairs.append(
                nghttp2_nv(
                    name: place, value: place.map { unsafe $0 + name }, namelen: name, valuelen: value,
                    flags: UInt8(NGHTTP2_NV_FLAG_NONE.rawValue)))
            unsafe place = unsafe place.map { unsafe $0 + name + value }
        }
        var provider = unsafe nghttp2_data_provider()
        unsafe provider.read_callback = HTTP2Callbacks.readBody
        unsafe nghttp2_submit_response(session, stream, &pairs, pairs.count, &provider)
    }

    /// Adds to the body of an answer.
    func append(_ bytes: [UInt8], to stream: Int32) {
        outboxes[stream]?.bytes += bytes
        unsafe nghttp2_session_resume_data(session, stream)
    }

    /// The answer is complete.
    func finish(_ stream: Int32) {
        outboxes[stream]?.isFinished = true
        unsafe nghttp2_session_resume_data(session, stream)
    }

    /// Breaks an answer off (RST_STREAM).
    func reset(_ stream: Int32) {
        unsafe nghttp2_submit_rst_stream(
            session, UInt8(NGHTTP2_FLAG_NONE.rawValue), stream, NGHTTP2_INTERNAL_ERROR.rawValue)
    }

    /// Whether the peer still wants the answer.
    func isOpen(_ stream: Int32) -> Bool { outboxes[stream] != nil }

    /// Whether neither side has anything more to say.
    var isOver: Bool {
        unsafe nghttp2_session_want_read(session) == 0 && nghttp2_session_want_write(session) == 0
    }

    // MARK: From libnghttp2's callbacks

    func began(_ stream: Int32) { incoming[stream] = Request(stream: stream) }

    func received(_ name: String, _ value: String, on stream: Int32) {
        incoming[stream]?.fields.append((name, value))
    }

    func received(_ data: UnsafeBufferPointer<UInt8>, on stream: Int32) {
        unsafe incoming[stream]?.body.append(contentsOf: data)
    }

    func ended(_ stream: Int32) {
        guard let request = incoming.removeValue(forKey: stream) else { return }
        complete.append(request)
    }

    func closed(_ stream: Int32) {
        incoming[stream] = nil
        outboxes[stream] = nil
    }

    /// Moves the next bytes of a body into libnghttp2's frame; nil when there are none for now.
    func readBody(_ stream: Int32, into frame: UnsafeMutableBufferPointer<UInt8>) -> (count: Int, isLast: Bool)? {
        guard var outbox = outboxes[stream] else { return (0, true) }
        let part = outbox.bytes[outbox.sent...].prefix(frame.count)
        if part.isEmpty, !outbox.isFinished { return nil }
        _ = unsafe frame.update(fromContentsOf: part)
        outbox.sent += part.count
        let isDrained = outbox.sent == outbox.bytes.count
        if isDrained {
            outbox.bytes = []
            outbox.sent = 0
        }
        let count = part.count
        outboxes[stream] = outbox
        return (count, isDrained && outbox.isFinished)
    }
}
