import Addressing
import Connections
import Discovery
import EventLoop
import HTTP
import HTTP2
import Identity
import Instrumentation
import Listening
import Logging
import Scraping
import Settings

/// The loop that scrapes run on: its listeners, its connections to scrapers and to kubelets.
actor ProxyWorker: LoopActor {
    nonisolated let executor = LoopExecutor()
    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe executor.asUnownedSerialExecutor() }
    let events: EventLoop
    private let handler: ScrapeHandler
    private let server: ConnectionServer

    init(
        _ configuration: ProxyConfiguration, identities: IdentityStore, metrics: ProxyMetrics, log: Logger,
        observer: (any ScrapeObserver)?
    ) throws(SocketError) {
        events = try EventLoop(executor)
        handler = ScrapeHandler(
            configuration, on: events, identities: identities, metrics: metrics, log: log, observer: observer)
        let limits = configuration.settings.limits
        server = ConnectionServer(
            on: events, limits: DownstreamConnection.Limits(limits), maximumConnections: limits.connections,
            handler: handler
        ) { event in
            switch event {
            case .opened: metrics.downstreamConnections.increment()
            case .closed: metrics.downstreamConnections.decrement()
            case .refused: metrics.limitsExceeded.child("connections").increment()
            case .acceptTrouble(let trouble): log.note(trouble, at: "listeners")
            case .http2Ended(let error):
                log.debug("HTTP/2 connection ended", metadata: ["code": "\(error.code)", "reason": "\(error.reason)"])
            }
        }
    }

    /// Before it listens: all scrapes go through the API server.
    func reach(through access: KubernetesAccess, at addresses: APIServerAddresses) {
        handler.reach(through: APIServerRoute(access, addresses))
    }

    /// - Parameter listener: its place in `listeners`.
    func listen(on socket: any AcceptingSocket, as listener: Int) throws(SocketError) {
        server.startTask = { Task(executorPreference: self.executor) { await self.runNext() } }
        try server.listen(on: socket) { accepted in
            Task(executorPreference: self.executor) { await self.serve(accepted, through: listener) }
        }
    }

    private func runNext() async { await server.runNext() }

    func serve(_ accepted: AcceptedSocket, through listener: Int) async {
        await server.serve(accepted, through: listener)
    }

    func adopt(_ configuration: ProxyConfiguration) {
        handler.adopt(configuration)
        let limits = configuration.settings.limits
        server.adopt(DownstreamConnection.Limits(limits), maximumConnections: limits.connections)
    }

    /// A kubelet's address belongs to another node now: connections to the old one are closed (spec 3.5, 8.5).
    func ownerChanged(at addresses: Set<IPAddress>) {
        handler.client.pool.closeIdle(to: addresses)
        handler.tunnels.judge(at: addresses)
    }

    /// Several nodes are Ready at each of these addresses.
    func inquire(at addresses: [SocketAddress]) async { await handler.verifier.settle(addresses) }

    func drain(within timeout: Duration) async {
        handler.isDraining = true
        handler.tunnels.drain()
        await server.drain(within: timeout.milliseconds)
        handler.client.pool.closeAll()
    }
}

extension DownstreamConnection.Limits {
    init(_ limits: LimitSettings) {
        self.init(
            headerSize: limits.headerSize, headerTimeout: limits.headerTimeout.milliseconds,
            idleTimeout: limits.idleTimeout.milliseconds)
    }
}
