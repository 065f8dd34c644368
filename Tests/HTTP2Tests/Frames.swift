import CNghttp2

/// Frames of HTTP/2, written and read by hand, so that a test can send what no library would.
struct Frame: Equatable {
    enum Kind: UInt8 {
        case data, headers, priority, reset, settings, pushPromise, ping, goAway, windowUpdate, continuation
    }

    var kind: Kind
    var flags: UInt8 = 0
    var stream: UInt32 = 0
    var payload: [UInt8] = []

    static let endStream: UInt8 = 1
    static let endHeaders: UInt8 = 4
    static let ack: UInt8 = 1

    var bytes: [UInt8] {
        let length = UInt32(payload.count).bigEndianBytes.dropFirst()
        return Array(length) + [kind.rawValue, flags] + stream.bigEndianBytes + payload
    }

    /// All frames in `bytes`, which hold whole ones.
    static func read(_ bytes: [UInt8]) -> [Frame] {
        var frames: [Frame] = []
        var rest = bytes[...]
        while rest.count >= 9 {
            let head = Array(rest.prefix(9))
            let length = Int(head[0]) << 16 | Int(head[1]) << 8 | Int(head[2])
            let stream = head[5...].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
            guard let kind = Kind(rawValue: head[3]), rest.count >= 9 + length else { break }
            frames.append(
                Frame(kind: kind, flags: head[4], stream: stream, payload: Array(rest.dropFirst(9).prefix(length))))
            rest = rest.dropFirst(9 + length)
        }
        return frames
    }

    // MARK: What a client sends

    static let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8) + Frame(kind: .settings).bytes

    /// Each field as a literal without a name from the table (RFC 7541 section 6.2.2).
    static func block(_ fields: [(String, String)]) -> [UInt8] {
        func text(_ text: String) -> [UInt8] { integer(text.utf8.count) + Array(text.utf8) }
        func integer(_ value: Int) -> [UInt8] {
            guard value >= 127 else { return [UInt8(value)] }
            var (bytes, rest): ([UInt8], Int) = ([127], value - 127)
            while rest >= 128 {
                bytes.append(UInt8(rest & 127 | 128))
                rest >>= 7
            }
            return bytes + [UInt8(rest)]
        }
        return fields.flatMap { [0] + text($0.0) + text($0.1) }
    }

    static let get = [
        (":method", "GET"), (":scheme", "https"), (":authority", "node-a:10250"), (":path", "/metrics"),
    ]

    static func request(
        _ stream: UInt32, _ fields: [(String, String)] = get, endsStream: Bool = true
    ) -> [UInt8] {
        Frame(
            kind: .headers, flags: endHeaders | (endsStream ? endStream : 0), stream: stream, payload: block(fields)
        ).bytes
    }

    static func reset(_ stream: UInt32) -> [UInt8] {
        Frame(kind: .reset, stream: stream, payload: UInt32(8).bigEndianBytes).bytes
    }

    static func windowUpdate(_ stream: UInt32, by count: UInt32) -> [UInt8] {
        Frame(kind: .windowUpdate, stream: stream, payload: count.bigEndianBytes).bytes
    }

    // MARK: What a server answers

    /// The code of a RST_STREAM or GOAWAY.
    var errorCode: UInt32? {
        switch kind {
        case .reset: payload.prefix(4).reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        case .goAway: payload.dropFirst(4).prefix(4).reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        default: nil
        }
    }
}

extension UInt32 {
    var bigEndianBytes: [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: self >> (24 - 8 * UInt32($0))) } }
}

/// Reads the fields of answers; one for each connection, since its table grows with each answer.
@safe
final class FieldReader {
    private var inflater: OpaquePointer?

    init() { unsafe nghttp2_hd_inflate_new(&inflater) }
    deinit { unsafe nghttp2_hd_inflate_del(inflater) }

    /// `name: value`, line by line.
    func read(_ frame: Frame) -> [String] {
        var lines: [String] = []
        var rest = frame.payload
        while true {
            var field = unsafe nghttp2_nv()
            var flags: Int32 = 0
            let taken = unsafe rest.withUnsafeBufferPointer {
                unsafe nghttp2_hd_inflate_hd2(inflater, &field, &flags, $0.baseAddress, $0.count, 1)
            }
            guard taken >= 0 else { return lines }
            rest.removeFirst(taken)
            if flags & Int32(NGHTTP2_HD_INFLATE_EMIT.rawValue) != 0 {
                let name = unsafe UnsafeBufferPointer(start: field.name, count: field.namelen)
                let value = unsafe UnsafeBufferPointer(start: field.value, count: field.valuelen)
                unsafe lines.append(
                    "\(String(decoding: name, as: UTF8.self)): \(String(decoding: value, as: UTF8.self))")
            }
            if flags & Int32(NGHTTP2_HD_INFLATE_FINAL.rawValue) != 0 {
                unsafe nghttp2_hd_inflate_end_headers(inflater)
                return lines
            }
        }
    }
}
