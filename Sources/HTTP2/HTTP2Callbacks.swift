import CNghttp2

/// libnghttp2 calls C functions; these find the Swift session and pass on what they got.
enum HTTP2Callbacks {
    static func install(in callbacks: OpaquePointer?) {
        unsafe nghttp2_session_callbacks_set_on_begin_frame_callback(callbacks) { _, header, context in
            guard let header = unsafe header?.pointee else { return 0 }
            return unsafe HTTP2Callbacks.code(HTTP2Callbacks.session(context)?.began(frame: header))
        }
        unsafe nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks) { _, frame, context in
            guard let frame = unsafe frame else { return 0 }
            let isRequest = unsafe frame.pointee.headers.cat == NGHTTP2_HCAT_REQUEST
            unsafe HTTP2Callbacks.session(context)?.beganFields(on: frame.pointee.hd.stream_id, ofRequest: isRequest)
            return 0
        }
        unsafe nghttp2_session_callbacks_set_on_header_callback(callbacks) {
            _, _, name, nameLength, value, valueLength, _, context in
            unsafe HTTP2Callbacks.session(context)?.received(
                UnsafeBufferPointer(start: name, count: nameLength),
                UnsafeBufferPointer(start: value, count: valueLength))
            return 0
        }
        // Without this one, fields that are no fields would be left out as if they had not been sent.
        unsafe nghttp2_session_callbacks_set_on_invalid_header_callback(callbacks) { _, _, _, _, _, _, _, _ in
            NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE.rawValue
        }
        unsafe nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks) {
            _, _, stream, data, length, context in
            unsafe HTTP2Callbacks.session(context)?.received(
                UnsafeBufferPointer(start: data, count: length), on: stream)
            return 0
        }
        unsafe nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks) { _, frame, context in
            guard let header = unsafe frame?.pointee.hd else { return 0 }
            return unsafe HTTP2Callbacks.code(HTTP2Callbacks.session(context)?.received(frame: header))
        }
        unsafe nghttp2_session_callbacks_set_data_source_read_length_callback(callbacks) {
            _, _, _, connectionWindow, streamWindow, frameSize, _ in
            min(Int(connectionWindow), Int(streamWindow), Int(frameSize), HTTP2Callbacks.longestData)
        }
        unsafe nghttp2_session_callbacks_set_on_stream_close_callback(callbacks) { _, stream, _, context in
            unsafe HTTP2Callbacks.session(context)?.closed(stream)
            return 0
        }
    }

    /// With its head of 9 bytes, a frame then fills one record of TLS rather than one and a bit.
    private static let longestData = 16 * 1024 - 9

    /// A violation ends the session.
    private static func code(_ isAllowed: Bool?) -> Int32 {
        isAllowed == false ? NGHTTP2_ERR_CALLBACK_FAILURE.rawValue : 0
    }

    static let readBody: nghttp2_data_source_read_callback = { _, stream, frame, length, flags, _, context in
        let target = unsafe UnsafeMutableRawBufferPointer(start: frame, count: length)
        guard let part = unsafe HTTP2Callbacks.session(context)?.readBody(of: stream, into: target) else {
            return Int(NGHTTP2_ERR_DEFERRED.rawValue)
        }
        switch part {
        case .bytes(let count, let isLast):
            if isLast { unsafe flags?.pointee |= NGHTTP2_DATA_FLAG_EOF.rawValue }
            return count
        case .nothingYet: return Int(NGHTTP2_ERR_DEFERRED.rawValue)
        case .broken: return Int(NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE.rawValue)
        }
    }

    private static func session(_ context: UnsafeMutableRawPointer?) -> HTTP2ServerSession? {
        guard let context = unsafe context else { return nil }
        return unsafe Unmanaged<HTTP2ServerSession>.fromOpaque(context).takeUnretainedValue()
    }
}
