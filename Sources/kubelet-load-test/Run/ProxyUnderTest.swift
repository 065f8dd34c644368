import Addressing
import Connections
import EventLoop
import FakeCluster
import Foundation

/// The proxy that scrapes go through: one that this run starts, or one that is there.
enum ProxyUnderTest: Sendable {
    case own(OwnProxy)
    case other(SocketAddress)
    case none

    var address: SocketAddress? {
        switch self {
        case .own(let proxy): proxy.address
        case .other(let address): address
        case .none: nil
        }
    }

    /// Nil where no process is to be seen.
    var process: Int32? {
        switch self {
        case .own(let proxy): proxy.process
        case .other(let address): ProcessCost.listening(at: address)
        case .none: nil
        }
    }

    func stop() async { if case .own(let proxy) = self { await proxy.stop() } }

    /// `http://127.0.0.1:9480`, or with `localhost`.
    static func address(url: String) throws -> SocketAddress {
        guard let url = URL(string: url), url.scheme == "http", let host = url.host(), let port = url.port,
            let number = UInt16(exactly: port)
        else { throw RunError("--proxy \(url): a URL such as http://127.0.0.1:9480 is wanted") }
        let bare = host.hasPrefix("[") ? String(host.dropFirst().dropLast()) : host
        guard let ip = bare == "localhost" ? .loopbackV4 : IPAddress(bare) else {
            throw RunError("--proxy \(url): name the proxy by its IP address")
        }
        return SocketAddress(ip, port: number)
    }
}

/// A proxy started as a child, ready to be scraped through.
struct OwnProxy: Sendable {
    let address: SocketAddress
    private let child: ChildProcess

    var process: Int32 { child.id }

    /// - Parameters:
    ///   - host: the address that it has for itself.
    ///   - folder: for its files.
    static func start(
        _ program: String, configuration: ProxyConfiguration, kubeconfig: String, at host: IPAddress, folder: String
    ) async throws -> OwnProxy {
        let (address, admin) = (SocketAddress(host, port: 9480), SocketAddress(host, port: 9481))
        let (config, kube) = ("\(folder)/proxy.yaml", "\(folder)/kubeconfig")
        try RunFiles.write(Data(configuration.text.utf8), to: config)
        try RunFiles.write(Data(kubeconfig.utf8), to: kube)
        let child = try ChildProcess(
            [
                program, "serve", "--config", config, "--kubeconfig", kube, "--listen", "\(address)",
                "--admin-listen", "\(admin)", "--allow-loopback-nodes",
            ], output: "\(folder)/proxy")
        let proxy = OwnProxy(address: address, child: child)
        do { try await proxy.waitUntilReady(admin) } catch {
            await child.stop()
            throw error
        }
        return proxy
    }

    /// The CA by which it is to intercept CONNECT, as a user makes it.
    static func makeCA(_ program: String, in folder: String) async throws {
        let made = try await ChildProcess.outcome(
            of: [program, "generate", "ca", "--out", folder], output: "\(folder).out")
        guard made.status == 0 else { throw RunError("\(program) generate ca fails: \(made.complaint)") }
    }

    func stop() async { await child.stop() }

    var isRunning: Bool { child.isRunning }

    private func waitUntilReady(_ admin: SocketAddress) async throws {
        let client = try PlainClient.start()
        defer { client.stop() }
        let end = ContinuousClock.now + .seconds(60)
        while ContinuousClock.now < end {
            guard child.isRunning else { throw RunError("the proxy did not start:\n\(child.complaint)") }
            if await client.status(of: "/-/ready", at: admin) == 200 { return }
            try await Task.sleep(for: .milliseconds(50))
        }
        throw RunError("the proxy is not ready after 60 s:\n\(child.complaint)")
    }
}

/// Asks for pages of plain HTTP servers.
actor PlainClient: LoopActor {
    nonisolated let executor: LoopExecutor
    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe executor.asUnownedSerialExecutor() }
    let events: EventLoop

    private init(_ executor: LoopExecutor) throws(SocketError) {
        self.executor = executor
        events = try EventLoop(executor)
    }

    static func start() throws(SocketError) -> PlainClient {
        let client = try PlainClient(LoopExecutor())
        client.startThread(named: "client")
        return client
    }

    nonisolated func stop() { executor.stop() }

    /// Nil: no answer within two seconds.
    nonisolated func status(of path: String, at address: SocketAddress) async -> Int? {
        await Task(executorPreference: executor) { await self.ask(path, address) }.value
    }

    private func ask(_ path: String, _ address: SocketAddress) async -> Int? {
        let parker = Parker(events)
        parker.setDeadline(EventLoop.monotonicMilliseconds() + 2000)
        let pool = ConnectionPool(events, idleTimeout: 1000)
        defer { pool.closeAll() }
        let request = Array("GET \(path) HTTP/1.1\r\nHost: \(address)\r\n\r\n".utf8)
        let exchange = HTTPExchange(loop: events, pool: pool, parker: parker)
        return try? await exchange.get(request, from: address, tls: nil).status
    }
}
