/// HTTP/2 by hand, through a CONNECT and real TLS.
final class RawHTTP2 {
    private let client: TLSClient
    private var bytes: [UInt8] = []
    private(set) var frames: [Frame] = []
    private let fields = FieldReader()
    /// The fields of answers, by stream.
    private(set) var heads: [UInt32: [String]] = [:]
    var isClosed: Bool { client.isClosed }

    /// - Parameters:
    ///   - target: `host:port`
    ///   - proxy: `http://127.0.0.1:PORT`
    init(_ target: String, proxy: String) throws {
        client = try TLSClient(target, proxy: proxy, protocol: "h2")
        send(Frame.preface)
    }

    func close() { client.close() }

    func send(_ bytes: [UInt8]) { client.send(bytes) }

    /// Reads until something is so, the proxy closes, or nothing came for a while.
    @discardableResult
    func read(within seconds: Double = 5, until isSo: (RawHTTP2) -> Bool) -> Bool {
        if isSo(self) { return true }
        client.read(within: seconds) { more in
            take(more)
            return isSo(self)
        }
        return isSo(self)
    }

    private func take(_ more: [UInt8]) {
        bytes += more
        let fresh = Frame.read(bytes)
        bytes.removeFirst(fresh.reduce(0) { $0 + $1.bytes.count })
        frames += fresh
        for frame in fresh where frame.kind == .headers { heads[frame.stream] = fields.read(frame) }
    }

    func status(_ stream: UInt32) -> String? { heads[stream]?.first }

    func body(_ stream: UInt32) -> [UInt8] {
        frames.filter { $0.kind == .data && $0.stream == stream }.flatMap(\.payload)
    }

    /// As a question of its own: a failed comparison would print both.
    func hasBody(_ stream: UInt32, _ expected: [UInt8]) -> Bool { body(stream) == expected }

    func hasEnded(_ stream: UInt32) -> Bool {
        frames.contains { $0.stream == stream && $0.kind != .reset && $0.flags & Frame.endStream != 0 }
    }

    func codes(_ kind: Frame.Kind, _ stream: UInt32 = 0) -> [UInt32] {
        frames.filter { $0.kind == kind && $0.stream == stream }.compactMap(\.errorCode)
    }
}
