import CNghttp2

/// The server's side of one HTTP/2 connection (RFC 9113), without I/O: bytes in, requests out; answers in, bytes out.
///
/// Not Sendable: it belongs to the task of its connection, or to tasks that take turns on one thread.
@safe
package final class HTTP2ServerSession {
    private let limits: HTTP2Limits
    private var session: OpaquePointer?
    private var events: [HTTP2Event] = []
    /// The request whose fields are being received: nothing else arrives before they end.
    private var current: HTTP2Request?
    /// When fields began that have not ended yet.
    private var fieldsSince: UInt64?
    /// Requests whose fields are here and whose end is not.
    private var open: [Int32: HTTP2Request] = [:]
    private var bodies: [Int32: any HTTP2Body] = [:]
    private var resets: TokenBucket
    private var idleFrames: TokenBucket
    private var continuations = 0
    private var now: UInt64
    private var violation: HTTP2Error?
    private var lastStream: Int32 = 0

    /// - Parameter now: the caller's milliseconds.
    package init(_ limits: HTTP2Limits = HTTP2Limits(), now: UInt64 = 0) throws(HTTP2Error) {
        self.limits = limits
        self.now = now
        resets = TokenBucket(limits.resets, now: now)
        idleFrames = TokenBucket(limits.idleFrames, now: now)
        let outOfMemory = HTTP2Error(code: .internalError, reason: "out of memory")
        var callbacks: OpaquePointer?
        var options: OpaquePointer?
        guard unsafe nghttp2_session_callbacks_new(&callbacks) == 0, unsafe nghttp2_option_new(&options) == 0 else {
            throw outOfMemory
        }
        defer {
            unsafe nghttp2_session_callbacks_del(callbacks)
            unsafe nghttp2_option_del(options)
        }
        unsafe HTTP2Callbacks.install(in: callbacks)
        // A peer that does not read what it asks for.
        unsafe nghttp2_option_set_max_outbound_ack(options, 100)
        unsafe nghttp2_option_set_max_settings(options, 32)
        // Nothing is kept of streams that are over.
        unsafe nghttp2_option_set_no_closed_streams(options, 1)
        // Unretained: the session is freed with this object.
        let me = unsafe Unmanaged.passUnretained(self).toOpaque()
        guard unsafe nghttp2_session_server_new2(&session, callbacks, me, options) == 0 else { throw outOfMemory }
        var settings = [
            nghttp2_settings_entry(
                settings_id: Int32(NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS.rawValue), value: limits.concurrentStreams),
            nghttp2_settings_entry(
                settings_id: Int32(NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE.rawValue),
                value: UInt32(clamping: limits.headerListSize)),
        ]
        unsafe nghttp2_submit_settings(session, UInt8(NGHTTP2_FLAG_NONE.rawValue), &settings, settings.count)
    }

    deinit { unsafe nghttp2_session_del(session) }

    // MARK: From the peer

    /// Takes what the peer sent, in any pieces.
    ///
    /// - Throws: when the connection is over. `farewell` is then the last that the peer should get.
    package func receive(_ bytes: UnsafeRawBufferPointer, now: UInt64 = 0) throws(HTTP2Error) -> [HTTP2Event] {
        self.now = now
        let taken = unsafe nghttp2_session_mem_recv(
            session, bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), bytes.count)
        guard taken >= 0 else { throw violation ?? Self.error(Int32(taken)) }
        return takeEvents()
    }

    private func takeEvents() -> [HTTP2Event] {
        defer { events.removeAll(keepingCapacity: true) }
        return events
    }

    private static func error(_ code: Int32) -> HTTP2Error {
        switch code {
        case NGHTTP2_ERR_FLOODED.rawValue:
            HTTP2Error(code: .enhanceYourCalm, reason: "the peer asks for acknowledgements and does not read them")
        case NGHTTP2_ERR_BAD_CLIENT_MAGIC.rawValue:
            HTTP2Error(code: .protocolError, reason: "the peer does not speak HTTP/2")
        // libnghttp2's own limits, some of which its older versions do not name.
        default: HTTP2Error(code: .enhanceYourCalm, reason: "the peer is over a limit of libnghttp2")
        }
    }

    /// Since when a request has been on its way here without having come to its end; nil: none is.
    package var waitsForRequestSince: UInt64? {
        [fieldsSince, open.values.map(\.begun).min()].compactMap { $0 }.min()
    }

    /// Breaks off requests that began before a moment and did not come to their end.
    ///
    /// - Throws: when one is still in the middle of its fields: nothing else could be received.
    package func giveUpRequests(begunBefore moment: UInt64) throws(HTTP2Error) {
        if let fieldsSince, fieldsSince < moment {
            throw HTTP2Error(code: .enhanceYourCalm, reason: "a request's fields did not come to their end in time")
        }
        for stream in open.values.filter({ $0.begun < moment }).map(\.stream) { reset(stream, .cancel) }
    }

    // MARK: Answers

    /// Begins an answer.
    ///
    /// - Parameter body: nil: there is none, and the answer is complete.
    package func respond(_ stream: Int32, _ fields: HTTP2Fields, body: (any HTTP2Body)?) {
        bodies[stream] = body
        unsafe fields.bytes.withUnsafeBufferPointer { block in
            guard let start = unsafe UnsafeMutablePointer(mutating: block.baseAddress) else { return }
            // libnghttp2 copies names and values.
            let pairs = unsafe fields.fields.map { field in
                unsafe nghttp2_nv(
                    name: start + field.name.lowerBound, value: start + field.value.lowerBound,
                    namelen: field.name.count, valuelen: field.value.count, flags: UInt8(NGHTTP2_NV_FLAG_NONE.rawValue))
            }
            var provider = unsafe nghttp2_data_provider()
            unsafe provider.read_callback = HTTP2Callbacks.readBody
            if body == nil {
                unsafe nghttp2_submit_response(session, stream, pairs, pairs.count, nil)
            } else {
                unsafe nghttp2_submit_response(session, stream, pairs, pairs.count, &provider)
            }
        }
    }

    /// The body of an answer has something to give again.
    package func resume(_ stream: Int32) { unsafe nghttp2_session_resume_data(session, stream) }

    /// Breaks a stream off (RST_STREAM).
    package func reset(_ stream: Int32, _ code: HTTP2ErrorCode) {
        open[stream] = nil
        bodies[stream] = nil
        unsafe nghttp2_submit_rst_stream(session, UInt8(NGHTTP2_FLAG_NONE.rawValue), stream, code.rawValue)
    }

    /// Whether the peer still wants the answer.
    package func isOpen(_ stream: Int32) -> Bool { bodies[stream] != nil }

    /// Takes no further streams (GOAWAY); those that are open go on.
    package func refuseFurtherStreams() {
        let last = unsafe nghttp2_session_get_last_proc_stream_id(session)
        unsafe nghttp2_submit_goaway(
            session, UInt8(NGHTTP2_FLAG_NONE.rawValue), last, HTTP2ErrorCode.noError.rawValue, nil, 0)
    }

    /// Whether neither side has anything more to say.
    package var isOver: Bool {
        unsafe nghttp2_session_want_read(session) == 0 && nghttp2_session_want_write(session) == 0
    }

    // MARK: To the peer

    /// Gives `use` the next bytes for the peer, as far as its windows let them through; false when there are none.
    package func takeOutput(_ use: (UnsafeRawBufferPointer) -> Void) throws(HTTP2Error) -> Bool {
        var frame: UnsafePointer<UInt8>?
        let length = unsafe nghttp2_session_mem_send(session, &frame)
        guard length >= 0 else { throw HTTP2Error(code: .internalError, reason: "out of memory") }
        guard length > 0 else { return false }
        unsafe use(UnsafeRawBufferPointer(start: frame, count: length))
        return true
    }

    /// Frames that wait to be sent, bodies apart.
    package var queuedFrames: Int { unsafe nghttp2_session_get_outbound_queue_size(session) }

    /// The GOAWAY frame that ends a connection after an error, written here: libnghttp2 gives nothing more then.
    package func farewell(_ code: HTTP2ErrorCode) -> [UInt8] {
        func bytes(_ value: UInt32) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * $0)) } }
        return [0, 0, 8, UInt8(NGHTTP2_GOAWAY.rawValue), 0] + bytes(0) + bytes(UInt32(lastStream))
            + bytes(code.rawValue)
    }
}

// MARK: From libnghttp2's callbacks

extension HTTP2ServerSession {
    /// False: the connection is to end.
    func began(frame header: nghttp2_frame_hd) -> Bool {
        guard header.type == UInt8(NGHTTP2_CONTINUATION.rawValue) else {
            continuations = 0
            return true
        }
        continuations += 1
        return allow(continuations <= limits.continuations, "too many CONTINUATION frames")
    }

    func beganFields(on stream: Int32, ofRequest: Bool) {
        fieldsSince = now
        // Trailers of a request are read and thrown away.
        current = ofRequest ? HTTP2Request(stream: stream, begun: now) : nil
        lastStream = max(lastStream, stream)
    }

    func received(_ name: UnsafeBufferPointer<UInt8>, _ value: UnsafeBufferPointer<UInt8>) {
        guard current?.isHeadTooLarge == false else { return }
        unsafe current?.fields.append(name: name, value: value)
        if let size = current?.fields.size, size > limits.headerListSize { current?.isHeadTooLarge = true }
    }

    /// False: the connection is to end.
    func received(frame header: nghttp2_frame_hd) -> Bool {
        let isLast = header.flags & UInt8(NGHTTP2_FLAG_END_STREAM.rawValue) != 0
        switch UInt32(header.type) {
        case NGHTTP2_HEADERS.rawValue:
            fieldsSince = nil
            if let request = current {
                current = nil
                if isLast || request.isHeadTooLarge {
                    events.append(.request(request))
                } else {
                    open[request.stream] = request
                }
            } else if isLast {
                complete(header.stream_id)
            }
        case NGHTTP2_DATA.rawValue:
            if isLast {
                complete(header.stream_id)
            } else if header.length == 0 {
                return allowIdleFrame()
            }
        case NGHTTP2_RST_STREAM.rawValue:
            return allow(resets.take(at: now), "the peer breaks too many streams off")
        case NGHTTP2_WINDOW_UPDATE.rawValue: break
        default: return allowIdleFrame()
        }
        return true
    }

    private func allowIdleFrame() -> Bool { allow(idleFrames.take(at: now), "too many frames that ask for nothing") }

    private func allow(_ isAllowed: Bool, _ reason: StaticString) -> Bool {
        if !isAllowed { violation = HTTP2Error(code: .enhanceYourCalm, reason: reason) }
        return isAllowed
    }

    private func complete(_ stream: Int32) {
        guard let request = open.removeValue(forKey: stream) else { return }
        events.append(.request(request))
    }

    func received(_ data: UnsafeBufferPointer<UInt8>, on stream: Int32) {
        guard var request = open.removeValue(forKey: stream) else { return }
        let room = limits.bodySize - request.body.count
        unsafe request.body.append(contentsOf: data.prefix(room))
        request.isBodyTooLarge = data.count > room
        if request.isBodyTooLarge { events.append(.request(request)) } else { open[stream] = request }
    }

    func closed(_ stream: Int32) {
        if current?.stream == stream {
            current = nil
            fieldsSince = nil
        }
        open[stream] = nil
        bodies[stream] = nil
        events.append(.closed(stream: stream))
    }

    func readBody(of stream: Int32, into frame: UnsafeMutableRawBufferPointer) -> HTTP2BodyPart {
        guard let body = bodies[stream] else { return .broken }
        return unsafe body.read(into: frame)
    }
}
