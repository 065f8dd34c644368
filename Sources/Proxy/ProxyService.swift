import Certificates
import Discovery
package import EventLoop
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
    /// Nil: nobody looks in (`forward`).
    private let admin: (worker: AdminWorker, socket: any AcceptingSocket)?
    private let configuration: ConfigurationInForce
    /// One for each of `listeners`; none for `forward URL`.
    private let sockets: [any AcceptingSocket]

    /// Binds all addresses; scrapes are accepted from `run` on.
    ///
    /// - Parameters:
    ///   - listens: whether there are listeners for scrapes; `connect` works without.
    ///   - servesAdmin: whether there is an admin listener.
    ///   - observer: sees each scrape when it has ended.
    ///   - load: reads the configuration again, for a reload.
    package init(
        _ settings: ProxySettings, version: String, lineLog: LineLog, log: Logger,
        listens: Bool = true, servesAdmin: Bool = true, observer: (any ScrapeObserver)? = nil,
        load: @escaping @Sendable () throws(SettingsErrors) -> ProxySettings
    ) throws(ListenError) {
        self.log = log
        identities = IdentityStore(policy: IdentityPolicy(settings))
        metrics = ProxyMetrics(identities: identities, version: version)
        sockets = try (listens ? settings.listeners : []).map { (listener) throws(ListenError) in
            try Self.bind(listener.address)
        }
        let adminSocket = try servesAdmin ? Self.bind(settings.admin.address) : nil
        do throws(SocketError) {
            worker = try ProxyWorker(
                ProxyConfiguration(settings), identities: identities, metrics: metrics, log: log,
                observer: observer)
            configuration = ConfigurationInForce(
                settings, load: load, lineLog: lineLog, log: log, identities: identities, metrics: metrics,
                worker: worker)
            let pages = AdminPages(
                identities: identities, metrics: metrics,
                configuration: settings.admin.enableLifecycle ? configuration : nil)
            admin = try adminSocket.map { (socket) throws(SocketError) in
                (try AdminWorker(pages, limits: settings.limits, log: log), socket)
            }
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

    /// A complete list of nodes was seen: scrapes are judged.
    package var isSynced: Bool { identities.isSynced }

    /// The nodes known now, and how many of them are Ready.
    package var nodeCounts: (total: Int, ready: Int) {
        let nodes = identities.summary.nodes
        return (nodes.total, nodes.ready)
    }

    /// Where scrapes come in, with the real ports.
    package var listenPlaces: [String] { sockets.map { "\($0.place)" } }

    /// A connection to this proxy that needs no listener. Whoever gets the descriptor closes it.
    package func connect() throws(SocketError) -> Int32 {
        let ends = try SocketPair()
        worker.spawn { await $0.serve(ends.accepted, through: 0) }
        return ends.descriptor
    }

    // MARK: Life

    /// Serves until the service group shuts down, then drains (spec 12.4).
    package func run() async throws {
        worker.startThread(named: "scrapes")
        admin?.worker.startThread(named: "admin")
        defer {
            worker.executor.stop()
            admin?.worker.executor.stop()
        }
        let access = try kubernetesAccess()
        if let access, configuration.settings.upstream.via == .apiServer { try await reach(through: access) }
        if let admin { try await admin.worker.listen(on: admin.socket) }
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
        if let admin { await admin.worker.spawn { await $0.drain() }.value }
        log.notice("Stopped")
    }

    private func announce() {
        let current = configuration.settings
        for (listener, socket) in zip(current.listeners, sockets) {
            log.notice(
                "Listening for scrapes", metadata: ["address": "\(socket.place)", "configured": "\(listener.address)"])
        }
        for listener in current.listeners {
            guard let interception = listener.interception else { continue }
            log.notice(
                "CONNECT is intercepted: the proxy reads what scrapers send by TLS, their tokens among it",
                metadata: ["configured": "\(listener.address)", "ca_cert_file": "\(interception.caCertFile)"])
            let days = (interception.authority.lifetime.end - Int64(Date().timeIntervalSince1970)) / 86_400
            guard days < 30 else { continue }
            log.warning(
                "The CA of interception expires soon: make another one and let the scrapers trust both meanwhile",
                metadata: ["ca_cert_file": "\(interception.caCertFile)", "days_left": "\(days)"])
        }
        if let admin {
            log.notice("Listening for admin requests", metadata: ["address": "\(admin.socket.place)"])
        }
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
