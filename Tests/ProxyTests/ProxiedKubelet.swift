import Addressing
import FakeCluster
import Testing

/// The built proxy in front of one kubelet, whose node is the only one of its cluster.
struct ProxiedKubelet: Sendable {
    let cluster: FakeCluster
    let kubelet: FakeKubelet
    let proxy: RunningProxy

    /// Starts all, waits until the proxy knows the node, and ends all after `body`.
    /// - Parameters:
    ///   - configuration: what stands in the proxy's beside ``ClusterSettings``.
    ///   - node: the kubelet listens at its first address, on a port of its own.
    static func run(
        _ configuration: String = "", node: FakeNode = FakeNode("node-b", address: "127.77.3.5"),
        corpus: MetricsCorpus = .small, behaviour: KubeletBehaviour = KubeletBehaviour(),
        _ body: (ProxiedKubelet) async throws -> Void
    ) async throws {
        let cluster = try await FakeCluster.start()
        let address = SocketAddress(try #require(IPAddress(node.addresses[0].value)), port: 0)
        let kubelet = try await cluster.kubelet(node, at: address, corpus: corpus, behaviour: behaviour)
        var node = node
        node.kubeletPort = kubelet.address.port
        cluster.apiServer.put(node)
        let proxy = try await RunningProxy.start(
            ClusterSettings.text + configuration, files: ClusterSettings.files(of: cluster))
        let failure: (any Error)?
        do {
            _ = try await proxy.scrape("\(kubelet.address)/metrics/slis?node=\(node.name)") { $0.status != 503 }
            kubelet.forgetRequests()
            try await body(ProxiedKubelet(cluster: cluster, kubelet: kubelet, proxy: proxy))
            failure = nil
        } catch { failure = error }
        #expect(await proxy.stop() == 0)
        await cluster.stop()
        if let failure { throw failure }
    }

    /// The URL's part after `http://`, with the claim.
    func target(_ path: String) -> String { "\(kubelet.address)\(path)?node=\(kubelet.identity.nodeName)" }
}
