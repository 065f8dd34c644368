import Addressing
import FakeCluster
import Synchronization
import TLS
import Testing

/// The built proxy in front of one kubelet, whose true identity is one thing and what the Node objects say another.
struct EvidenceBench: Sendable {
    let proxy: RunningProxy
    let cluster: FakeCluster
    let kubelet: FakeKubelet
    private let watch = Watch()

    /// When the last scrape was through, and how many came so late that a pause lay before them.
    private final class Watch: Sendable {
        private let state = Mutex((last: ContinuousClock.Instant?.none, late: 0))
        private static let limit = Duration.milliseconds(900)

        var late: Int { state.withLock { $0.late } }

        func scraped() {
            let now = ContinuousClock.now
            state.withLock { state in
                if let last = state.last, now - last > Self.limit { state.late += 1 }
                state.last = now
            }
        }
    }

    /// What the kubelet's port speaks and shows.
    enum Port: String, CaseIterable, Sendable {
        case issued
        case selfSigned
        case plain

        var kubeletPort: KubeletPort {
            switch self {
            case .issued: .issued(.now)
            case .selfSigned: .selfSigned
            case .plain: .plain
            }
        }

        var upstream: String {
            switch self {
            case .issued: "upstream: {tls: {ca_file: ca.crt}, connect_timeout: 1s}\n"
            case .selfSigned: "upstream: {tls: {insecure_skip_verify: true}, connect_timeout: 1s}\n"
            case .plain: "upstream: {ports: {kubelet: http}, connect_timeout: 1s}\n"
            }
        }
    }

    /// - Parameters:
    ///   - configuration: further keys of the proxy's.
    ///   - real: whose kubelet answers, by the name that it calls itself.
    ///   - certificate: another one than the port's own.
    ///   - nodes: what the API server knows, of nodes at the kubelet's address.
    static func run(
        with configuration: String = "", _ port: Port, real: String, certificate: TLSIdentitySource? = nil,
        corpus: MetricsCorpus = .small, behaviour: KubeletBehaviour = KubeletBehaviour(), nodes: [FakeNode],
        _ body: (EvidenceBench) async throws -> Void
    ) async throws {
        let cluster = try await FakeCluster.start()
        let address = SocketAddress(try #require(IPAddress("127.79.0.5")), port: 0)
        let kubelet = try await cluster.kubelet(
            FakeNode(real, address: "127.79.0.5"), at: address,
            port: try certificate.map { .certificate(try $0(cluster)) } ?? port.kubeletPort, corpus: corpus,
            behaviour: behaviour)
        for node in nodes { cluster.apiServer.put(node.at(kubelet.address)) }
        let proxy = try await RunningProxy.start(
            "nodes: {kubernetes: {kubeconfig: kubeconfig}, allow_loopback_nodes: true}\n" + port.upstream
                + configuration,
            files: ClusterSettings.files(of: cluster))
        let failure: (any Error)?
        do {
            _ = try await proxy.wait { try await proxy.admin("/-/ready").status == 200 }
            try await body(EvidenceBench(proxy: proxy, cluster: cluster, kubelet: kubelet))
            failure = nil
        } catch { failure = error }
        #expect(await proxy.stop() == 0)
        await cluster.stop()
        if let failure { throw failure }
    }

    typealias TLSIdentitySource = @Sendable (FakeCluster) throws -> TLSIdentity

    /// A scrape for a node, over a new connection to the kubelet.
    func scrape(_ name: String, _ path: String = "/metrics", _ more: [String] = []) async throws -> Answer {
        await kubelet.dropConnections()
        return try await keptScrape(name, path, more)
    }

    /// The same over whatever connection is there.
    func keptScrape(_ name: String, _ path: String = "/metrics", _ more: [String] = []) async throws -> Answer {
        let answer = try await Answer.fetch(
            ["--proxy", proxy.url, "http://\(kubelet.address)\(path)?node=\(name)"] + more)
        watch.scraped()
        return answer
    }

    /// The same over a new connection, after a pause in which another kubelet may have taken over.
    func scrapeLater(_ name: String, _ path: String = "/metrics", _ more: [String] = []) async throws -> Answer {
        try await pause()
        return try await scrape(name, path, more)
    }

    func pause() async throws { try await Task.sleep(for: .milliseconds(1_100)) }

    /// Waits until the proxy has seen a change of the nodes.
    func put(_ node: FakeNode, until isSeen: (String) -> Bool) async throws {
        cluster.apiServer.put(node.at(kubelet.address))
        let seen = try await proxy.wait { isSeen(try await proxy.admin("/metrics").text) }
        #expect(seen, "the node source is late")
    }

    /// How many checks had an outcome.
    func checks(_ kind: String, _ outcome: String) async throws -> Int {
        let text = try await proxy.admin("/metrics").text
        let series = "evidence_checks_total{kind=\"\(kind)\",outcome=\"\(outcome)\"} "
        return text.split(separator: "\n").lazy.compactMap { line in
            line.contains(series) ? Int(line.split(separator: " ").last ?? "") : nil
        }.first ?? 0
    }

    var asked: [String] { kubelet.requests.map(\.path) }

    /// Whether the kubelet was asked so many times, or was so for this path: a scrape that comes late since the machine is busy
    /// may find it asked for its name once more.
    func wasAsked(_ count: Int, for path: String? = nil) -> Bool {
        (count...count + watch.late).contains(asked.count { path == nil || $0 == path })
    }
}

extension FakeNode {
    func at(_ kubelet: SocketAddress) -> FakeNode {
        var node = self
        node.addresses = node.addresses.map { $0.type == "InternalIP" ? Address($0.type, "\(kubelet.ip)") : $0 }
        node.kubeletPort = kubelet.port
        return node
    }

    /// A node of the tests: created so many seconds before the default.
    static func test(
        _ name: String, age: Int64 = 0, ready: Ready = .true, machine: Machine? = nil
    ) -> FakeNode {
        var node = FakeNode(name, address: "127.79.0.5", createdAt: defaultCreation - age)
        node.mark(ready)
        if let machine { node.machine = machine }
        return node
    }
}

extension Answer {
    /// Whether a scraper would store what came.
    var isStored: Bool { status == 200 && exitCode == 0 }

    var verdict: String { field("x-kubelet-relabel-proxy-verdict") ?? "" }
}
