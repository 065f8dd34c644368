import EventLoop
import HTTP
import Listening
import Logging
import Settings

/// The admin listener's own loop: a large page or a busy proxy does not hold up the other.
actor AdminWorker: LoopActor {
    nonisolated let executor = LoopExecutor()
    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe executor.asUnownedSerialExecutor() }
    let events: EventLoop
    private let server: ConnectionServer

    init(_ pages: AdminPages, limits: LimitSettings, log: Logger) throws(SocketError) {
        events = try EventLoop(executor)
        server = ConnectionServer(
            on: events, limits: DownstreamConnection.Limits(limits), maximumConnections: 1_000,
            handler: AdminHandler(pages, on: events)
        ) { event in
            if case .acceptTrouble(let trouble) = event { log.note(trouble, at: "admin") }
        }
    }

    func listen(on socket: any AcceptingSocket) throws(SocketError) {
        try server.listen(on: socket) { accepted in
            Task(executorPreference: self.executor) { await self.serve(accepted) }
        }
    }

    private func serve(_ accepted: AcceptedSocket) async { await server.serve(accepted) }

    func drain() async { await server.drain(within: 1_000) }
}
