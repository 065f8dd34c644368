import CNghttp2

/// libnghttp2 calls C functions; these find the Swift session and pass on what they got.
enum HTTP2Callbacks {
    static func install(in callbacks: OpaquePointer?) {
        unsafe nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks) { _, frame, context in
            guard let frame = unsafe frame else { return 0 }
            unsafe HTTP2Callbacks.session(context)?.began(frame.pointee.hd.stream_id)
            return 0
        }
        unsafe nghttp2_session_callbacks_set_on_header_callback(callbacks) {
            _, frame, name, nameLength, value, valueLength, _, context in
            guard let frame = unsafe frame else { return 0 }
            let name = unsafe String(decoding: UnsafeBufferPointer(start: name, count: nameLength), as: UTF8.self)
            let value = unsafe String(decoding: UnsafeBufferPointer(start: value, count: valueLength), as: UTF8.self)
            unsafe HTTP2Callbacks.session(context)?.received(name, value, on: frame.pointee.hd.stream_id)
            return 0
        }
        unsafe nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks) {
            _, _, stream, data, length, context in
            unsafe HTTP2Callbacks.session(context)?.received(
                UnsafeBufferPointer(start: data, count: length), on: stream)
            return 0
        }
        unsafe nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks) { _, frame, context in
            guard let header = unsafe frame?.pointee.hd else { return 0 }
            let carriesRequest =
                header.type == UInt8(NGHTTP2_HEADERS.rawValue) || header.type == UInt8(NGHTTP2_DATA.rawValue)
            if carriesRequest, header.flags & UInt8(NGHTTP2_FLAG_END_STREAM.rawValue) != 0 {
                unsafe HTTP2Callbacks.session(context)?.ended(header.stream_id)
            }
            return 0
        }
        unsafe nghttp2_session_callbacks_set_on_stream_close_callback(callbacks) { _, stream, _, context in
            unsafe HTTP2Callbacks.session(context)?.closed(stream)
            return 0
        }
    }

    static let readBody: nghttp2_data_source_read_callback = { _, stream, frame, length, flags, _, context in
        let session = unsafe HTTP2Callbacks.session(context)
        let target = unsafe UnsafeMutableBufferPointer(start: frame, count: length)
        guard let part = unsafe session?.readBody(stream, into: target) else {
            return Int(NGHTTP2_ERR_DEFERRED.rawValue)
        }
        if part.isLast { unsafe flags?.pointee |= NGHTTP2_DATA_FLAG_EOF.rawValue }
        return part.count
    }

    private static func session(_ context: UnsafeMutableRawPointer?) -> HTTP2ServerSession? {
        guard let context = unsafe context else { return nil }
        return unsafe Unmanaged<HTTP2ServerSession>.fromOpaque(context).takeUnretainedValue()
    }
}
