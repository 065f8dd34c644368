import Addressing
import EventLoop
import HTTP
import Listening

/// A server that answers each request with a tunnel to one descriptor.
actor TunnelLoop: LoopActor {
    nonisolated let executor = LoopExecutor()
    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe executor.asUnownedSerialExecutor() }
    let events: EventLoop
    private let server: ConnectionServer
    private let handler: Handler

    static let accepted = "HTTP/1.1 200 OK\r\n\r\n"

    /// - Parameter kubelet: of a connection, non-blocking.
    init(to kubelet: Int32, idleTimeout: UInt64 = 10_000) throws {
        events = try EventLoop(executor)
        handler = Handler(to: kubelet, on: events)
        server = ConnectionServer(
            on: events, limits: .init(headerSize: 16_384, headerTimeout: 5_000, idleTimeout: idleTimeout),
            maximumConnections: 100, handler: handler)
    }

    func listen() throws -> SocketAddress {
        let socket = try ListeningSocket(SocketAddress(.loopbackV4, port: 0))
        try server.listen(on: socket) { accepted in
            Task(executorPreference: self.executor) { await self.serve(accepted) }
        }
        return socket.address
    }

    private func serve(_ accepted: AcceptedSocket) async { await server.serve(accepted) }

    func end(abruptly: Bool) { handler.tunnel?.end(abruptly: abruptly) }

    /// In each direction.
    var moved: [TunnelDirection: Int] { handler.moved }
    var ending: ConnectTunnel.Ending? { handler.ending }

    private final class Handler: RequestHandler {
        private let kubelet: Int32
        private let loop: EventLoop
        private(set) var moved: [TunnelDirection: Int] = [:]
        private(set) var ending: ConnectTunnel.Ending?
        private(set) var tunnel: ConnectTunnel?

        init(to kubelet: Int32, on loop: EventLoop) {
            self.kubelet = kubelet
            self.loop = loop
        }

        func answer(_ request: RequestHead, to downstream: DownstreamConnection) async -> Bool {
            guard let channel = try? loop.channel(adopting: kubelet) else { return false }
            defer { channel.close() }
            do throws(Interruption) { try await downstream.write(Array(TunnelLoop.accepted.utf8)) } catch {
                return false
            }
            let tunnel = ConnectTunnel(from: downstream, to: channel, on: loop) { [unowned self] direction, count in
                self.moved[direction, default: 0] += count
            }
            self.tunnel = tunnel
            ending = await tunnel.run()
            return false
        }

        func refuse(_ error: HTTPError, to downstream: DownstreamConnection) async {}
    }
}
