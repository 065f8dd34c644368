import Addressing
import FakeCluster
import Testing

/// What a proxy needs to know of its cluster.
enum ClusterSettings {
    /// For the files that are laid beside the configuration.
    static let text = """
        nodes: {kubernetes: {kubeconfig: kubeconfig}, allow_loopback_nodes: true}
        upstream: {tls: {ca_file: ca.crt}, connect_timeout: 1s}

        """

    static func files(of cluster: FakeCluster) -> [String: String] {
        ["kubeconfig": cluster.apiServer.kubeconfig(), "ca.crt": cluster.authority.certificatePEM]
    }
}

/// A proxy and a cluster with node-b at its kubelet's address, which dead node-a still claims.
///
/// - Parameters:
///   - more: further keys of the configuration.
///   - admin: further keys of its section `admin`.
///   - nodes: the same of `nodes`; upstream: of `upstream`.
///   - files: further ones beside the configuration.
///   - apiIsAway: whether the API server comes only when the body calls it back.
func withProxy(
    _ more: String = "", port: KubeletPort = .issued(.now), behaviour: KubeletBehaviour = KubeletBehaviour(),
    corpus: MetricsCorpus = .small, admin: String = "", nodes: String = "", upstream: String = "",
    places: RunningProxy.Places = .init(),
    files: [String: String] = [:], openFiles: Int? = nil, apiIsAway: Bool = false,
    _ body: (RunningProxy, FakeCluster, FakeKubelet) async throws -> Void
) async throws {
    let cluster = try await FakeCluster.start()
    let address = SocketAddress(try #require(IPAddress("127.77.0.5")), port: 0)
    let kubelet = try await cluster.kubelet("node-b", at: address, port: port, corpus: corpus, behaviour: behaviour)
    var old = kubelet.node
    (old.name, old.uid) = ("node-a", "uid-of-node-a")
    old.createdAt -= 86_400
    old.mark(.unknown)
    cluster.apiServer.put(kubelet.node)
    cluster.apiServer.put(old)
    if apiIsAway { await cluster.apiServer.goAway() }
    var settings = ClusterSettings.text
    for (section, keys) in [("nodes", nodes), ("upstream", upstream)] where !keys.isEmpty {
        settings.replace("\(section): {", with: "\(section): {\(keys), ")
    }
    let proxy = try await RunningProxy.start(
        settings + more, files: ClusterSettings.files(of: cluster).merging(files) { $1 }, admin: admin, places: places,
        openFiles: openFiles)
    let failure: (any Error)?
    do {
        if !apiIsAway {
            _ = try await proxy.scrape("\(kubelet.address)/metrics/slis?node=node-b") { $0.status != 503 }
        }
        kubelet.forgetRequests()
        try await body(proxy, cluster, kubelet)
        failure = nil
    } catch { failure = error }
    #expect(await proxy.stop() == 0)
    await cluster.stop()
    if let failure { throw failure }
}
