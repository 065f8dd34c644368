import Addressing
import EventLoop
import Glibc
import HTTP
import Listening

/// A server whose answer to each request is its target, and to what is no request the kind of its refusal.
actor RequestLoop: LoopActor, Sendable {
    nonisolated let executor = LoopExecutor()
    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe executor.asUnownedSerialExecutor() }
    let events: EventLoop
    private let server: ConnectionServer

    init(headerTimeout: UInt64 = 5_000, idleTimeout: UInt64 = 5_000, headerSize: Int = 16_384) throws {
        events = try EventLoop(executor)
        server = ConnectionServer(
            on: events,
            limits: .init(headerSize: headerSize, headerTimeout: headerTimeout, idleTimeout: idleTimeout),
            maximumConnections: 100, handler: Handler())
    }

    func listen() throws -> SocketAddress {
        let socket = try ListeningSocket(SocketAddress(.loopbackV4, port: 0))
        try server.listen(on: socket) { accepted in
            Task(executorPreference: self.executor) { await self.serve(accepted) }
        }
        return socket.address
    }

    private func serve(_ accepted: AcceptedSocket) async { await server.serve(accepted) }

    private final class Handler: RequestHandler {
        func answer(_ request: RequestHead, to downstream: DownstreamConnection) async -> Bool {
            do throws(Interruption) {
                try await downstream.write(Array("HTTP/1.1 200 OK\r\n\r\n<\(request.target)>".utf8))
            } catch { return false }
            return request.keepsAlive
        }

        func refuse(_ error: HTTPError, to downstream: DownstreamConnection) async {
            let kind =
                switch error {
                case .malformed: "malformed"
                case .headTooLarge: "too large"
                case .versionNotSupported: "version"
                case .headTimedOut: "timed out"
                }
            do throws(Interruption) { try await downstream.writeLast(Array("<\(kind)>".utf8)) } catch { return }
        }
    }
}

/// A blocking client.
struct Client {
    private let descriptor: Int32

    init(_ address: SocketAddress) {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        unsafe _ = address.withSockaddr { unsafe connect(descriptor, $0, $1) }
    }

    func send(_ text: String) {
        let bytes = Array(text.utf8)
        unsafe _ = bytes.withUnsafeBytes {
            unsafe Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
        }
    }

    /// What comes until the text ends with `end`, the server closes, or nothing came for a while (milliseconds).
    func receive(until end: String, within milliseconds: Int = 5_000) -> (text: String, isClosed: Bool) {
        var patience = timeval(tv_sec: milliseconds / 1_000, tv_usec: milliseconds % 1_000 * 1_000)
        unsafe setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 4_096)
        while !String(decoding: bytes, as: UTF8.self).hasSuffix(end) || end.isEmpty {
            let count = unsafe chunk.withUnsafeMutableBytes { unsafe recv(descriptor, $0.baseAddress, $0.count, 0) }
            if count == 0 { return (String(decoding: bytes, as: UTF8.self), true) }
            guard count > 0 else { break }
            bytes += chunk[..<count]
        }
        return (String(decoding: bytes, as: UTF8.self), false)
    }

    func close() { _ = Glibc.close(descriptor) }
}
