import Discovery
import EventLoop
import FoundationEssentials
import Identity
package import Logging
import ServiceLifecycle
package import Settings

/// The whole proxy: listeners, admin listener, node source; from start to drained.
package final class ProxyService: Service {
    private let log: Logger
    private let identities: IdentityStore
    private let metrics: ProxyMetrics
    private let worker: ProxyWorker
    private let admin: AdminWorker
    private let configuration: ConfigurationInForce
    /// One for each of `listeners`.
    private let sockets: [any AcceptingSocket]
    private let adminSocket: any AcceptingSocket

    /// Binds all addresses; scrapes are accepted from `run` on.
    ///
    /// - Parameter load: reads the configuration again, for a reload.
    package init(
        _ settings: ProxySettings, version: String, lineLog: LineLog, log: Logger,
        load: @escaping @Sendable () throws(SettingsErrors) -> ProxySettings
    ) throws(ListenError) {
        self.log = log
        identities = IdentityStore(policy: IdentityPolicy(settings))
        metrics = ProxyMetrics(identities: identities, version: version)
        sockets = try settings.listeners.map { (listener) throws(ListenError) in try Self.bind(listener.address) }
        adminSocket = try Self.bind(settings.admin.address)
        do throws(SocketError) {
            worker = try ProxyWorker(
                ProxyConfiguration(settings), identities: identities, metrics: metrics, log: log)
            configuration = ConfigurationInForce(
                settings, load: load, lineLog: lineLog, log: log, identities: identities, metrics: metrics,
                worker: worker)
            let pages = AdminPages(
                identities: identities, metrics: metrics,
                configuration: settings.admin.enableLifecycle ? configuration : nil)
            admin = try AdminWorker(pages, limits: settings.limits, log: log)
        } catch { throw ListenError(address: "the event loop", cause: error) }
    }

    /// Reads the configuration again.
    package func reload() { configuration.reload() }

    private static func bind(_ address: ListenAddress) throws(ListenError) -> any AcceptingSocket {
        do throws(SocketError) {
            switch address {
            case .socket(let address): return try ListeningSocket(address)
            case .everyInterface(let port): return try ListeningSocket(everyInterfaceAt: port)
            case .unix(let path): return try UnixListeningSocket(path: path)
            }
        } catch { throw ListenError(address: "\(address)", cause: error) }
    }

    // MARK: Life

    /// Serves until the service group shuts down, then drains (spec 12.4).
    package func run() async throws {
        worker.startThread(named: "scrapes")
        admin.startThread(named: "admin")
        defer {
            worker.executor.stop()
            admin.executor.stop()
        }
        let access = try kubernetesAccess()
        if let access, configuration.settings.upstream.via == .apiServer { try await reach(through: access) }
        try await admin.listen(on: adminSocket)
        for (listener, socket) in sockets.enumerated() { try await worker.listen(on: socket, as: listener) }
        announce()
        let (source, leases) = nodeSources(access)
        var follower = NodeFollower(
            identities: identities, metrics: metrics, log: log,
            ownerChanged: { [worker] addresses in worker.spawn { $0.ownerChanged(at: addresses) } },
            inquiriesDue: { [worker] addresses in worker.spawn { await $0.inquire(at: addresses) } })
        follower.leases = leases
        try await withThrowingTaskGroup(of: Void.self) { [follower] group in
            group.addTask { try await source.run { follower.take($0) } }
            if let leases { group.addTask { await leases.run { follower.take($0) } } }
            group.addTask {
                try await gracefulShutdown()
            }
            // The first to end decides: a source ends by an error that no retry cures.
            do { try await group.next() } catch is CancellationError {}
            await drain()
            group.cancelAll()
        }
    }

    private func drain() async {
        let timeout = configuration.settings.shutdownTimeout
        log.notice("Draining", metadata: ["shutdown_timeout": "\(timeout.formatted)"])
        let worker = worker
        await worker.spawn { await $0.drain(within: timeout) }.value
        await admin.spawn { await $0.drain() }.value
        log.notice("Stopped")
    }

    private func announce() {
        let current = configuration.settings
        for (listener, socket) in zip(current.listeners, sockets) {
            log.notice(
                "Listening for scrapes", metadata: ["address": "\(socket.place)", "configured": "\(listener.address)"])
        }
        log.notice("Listening for admin requests", metadata: ["address": "\(adminSocket.place)"])
        if current.mode == .observe { log.notice("mode is observe: verdicts are reported, not carried out") }
    }

    /// Nil: nodes come from a file.
    private func kubernetesAccess() throws(DocumentError) -> KubernetesAccess? {
        guard case .kubernetes(let kubernetes) = configuration.settings.nodes.source else { return nil }
        return try KubernetesAccess.find(
            kubeconfig: kubernetes.kubeconfig ?? "", context: kubernetes.context ?? "",
            environment: ProcessInfo.processInfo.environment)
    }

    private func reach(through access: KubernetesAccess) async throws(DocumentError) {
        guard access.proxy == nil else {
            throw DocumentError(
                source: access.origin,
                problem: "proxy-url is not supported with via: api_server: use a direct way to it")
        }
        let addresses = APIServerAddresses(access)
        addresses.lookUp()
        await worker.spawn { $0.reach(through: access, at: addresses) }.value
    }

    private func nodeSources(_ access: KubernetesAccess?) -> (nodes: any NodeSource, leases: KubernetesLeaseSource?) {
        switch (configuration.settings.nodes.source, access) {
        case (.kubernetes(let kubernetes), let access?):
            let nodes = KubernetesNodeSource(access: access, labelSelector: kubernetes.labelSelector ?? "", log: log)
            return (nodes, KubernetesLeaseSource(access: access, log: log))
        case (.file(let path), _): return (FileNodeSource(path: path, log: log), nil)
        case (.kubernetes, nil): preconditionFailure("access is found for each API")
        }
    }
}

/// An address that can't be listened on.
package struct ListenError: Error, CustomStringConvertible {
    let address: String
    let cause: SocketError
    package var description: String {
        "can't listen on \(address): \(cause): free it or choose another address"
    }
}
