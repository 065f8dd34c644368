package import Addressing
import EventLoop
package import TLS

/// A Kubernetes cluster on loopback addresses: an API server and as many kubelets as wanted, all on one thread.
///
///     let cluster = try await FakeCluster.start()
///     let kubelet = try await cluster.kubelet("node-a", at: SocketAddress(address, port: 0))
///     cluster.apiServer.put(kubelet.node)
///     ...
///     await cluster.stop()
package final class FakeCluster: Sendable {
    package let authority: CertificateAuthority
    package let apiServer: FakeAPIServer
    let servers: FakeServers
    /// With its defaults a kubelet offers no ALPN protocol.
    private let tlsContext: TLSServerContext

    /// The bearer token of a user with the proxy's rights (spec 11.6), and one of a scraper.
    package static let proxyToken = "fake-relabel-token"
    package static let scraperToken = "fake-prometheus-token"
    /// One who may use the node proxy.
    package static let debugToken = "fake-debug-token"

    private init(
        authority: CertificateAuthority, apiServer: FakeAPIServer, tlsContext: TLSServerContext, servers: FakeServers
    ) {
        self.tlsContext = tlsContext
        self.authority = authority
        self.apiServer = apiServer
        self.servers = servers
    }

    /// - Parameters:
    ///   - apiAddress: port 0 for any.
    ///   - apiProtocols: what the API server's ALPN offers.
    package static func start(
        apiAddress: SocketAddress = SocketAddress(.loopbackV4, port: 0),
        apiProtocols: [String] = ["h2", "http/1.1"]
    ) async throws -> FakeCluster {
        let servers = try FakeServers.start()
        let authority = try CertificateAuthority()
        let apiServer = try await FakeAPIServer.start(
            at: apiAddress, authority: authority,
            users: [proxyToken: .relabelProxy, scraperToken: .prometheus, debugToken: .nodeProxyUser],
            protocols: apiProtocols, on: servers)
        return FakeCluster(
            authority: authority, apiServer: apiServer, tlsContext: try TLSServerContext(nil as TLSCertificate?),
            servers: servers)
    }

    /// Ends all servers and their connections.
    package func stop() async { await servers.stop() }

    /// What kept a server from accepting connections; nil: nothing ever did.
    package var acceptTrouble: String? { get async { await servers.acceptTrouble?.description } }

    /// Tells, each `pause` milliseconds, how many milliseconds the thread of all these servers is behind: who measures somebody
    /// else must know how slow they are themselves.
    package func beat(each pause: UInt64, _ late: @escaping @Sendable (UInt64) -> Void) async {
        await servers.beat(each: pause, late)
    }

    /// Starts a kubelet for a node.
    /// - Parameters:
    ///   - address: port 0 for any; several kubelets may have their own 127.x.y.z with port 10250.
    ///   - corpus: its bodies.
    ///   - port: what it speaks and shows.
    package func kubelet(
        _ node: FakeNode, at address: SocketAddress, port: KubeletPort = .issued(.now),
        corpus: MetricsCorpus = .small, behaviour: KubeletBehaviour = KubeletBehaviour()
    ) async throws -> FakeKubelet {
        let authority = authority
        let certificate: @Sendable () throws -> TLSIdentity = {
            switch port {
            case .plain: throw TLSError.unusableIdentity(source: node.name, reason: "the port is plain")
            case .issued(let validity):
                try authority.issue(.kubelet(node: node.name, addresses: [address.ip]), valid: validity).identity
            case .selfSigned:
                try CertificateAuthority.selfSign(.selfSignedKubelet(host: node.name, madeAt: node.createdAt)).identity
            case .certificate(let identity): identity
            }
        }
        let kubelet = try await FakeKubelet.start(
            KubeletIdentity(node), at: address, corpus: corpus, behaviour: behaviour,
            tls: port == .plain ? nil : tlsContext, certificate: certificate, on: servers)
        apiServer.reach(kubelet.desk, at: kubelet.address)
        return kubelet
    }

    /// The same for a node that needs nothing but a name.
    package func kubelet(
        _ name: String, at address: SocketAddress = SocketAddress(.loopbackV4, port: 0),
        port: KubeletPort = .issued(.now), corpus: MetricsCorpus = .small,
        behaviour: KubeletBehaviour = KubeletBehaviour()
    ) async throws -> FakeKubelet {
        try await kubelet(
            FakeNode(name, address: "\(address.ip)"), at: address, port: port, corpus: corpus, behaviour: behaviour)
    }
}

/// What a kubelet's port speaks, and the certificate that it shows.
package enum KubeletPort: Hashable, Sendable {
    /// HTTP without TLS, as the read-only port 10255.
    case plain
    /// A certificate of the cluster's CA, for the node's name and address.
    case issued(CertificateValidity)
    /// What a kubelet makes for itself.
    case selfSigned
    /// Any other, such as one for another node's name or address.
    case certificate(TLSIdentity)
}

extension MetricsCorpus {
    /// Bodies of some 10 KB, made once.
    package static let small = MetricsCorpus.generated(bytes: 10_000)
}

extension FakeKubelet {
    /// A Node object that lists this kubelet's address and port.
    package var node: FakeNode {
        var node = FakeNode(identity.nodeName, address: "\(address.ip)", port: address.port)
        node.machine = identity.machine
        return node
    }
}
