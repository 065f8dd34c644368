package import Addressing
import EventLoop
import Synchronization
package import TLS

/// A kubelet that serves metrics at an address of its own and, when told to, fails. Its switches may be used from any
/// thread, and take effect with the next request.
package final class FakeKubelet: Sendable {
    package let identity: KubeletIdentity
    package let address: SocketAddress
    private let servers: FakeServers
    private let server: FakeServers.ServerID
    let desk: KubeletDesk

    private init(
        _ desk: KubeletDesk, at address: SocketAddress, server: FakeServers.ServerID, on servers: FakeServers
    ) {
        identity = desk.identity
        self.desk = desk
        self.address = address
        self.server = server
        self.servers = servers
    }

    /// - Parameters:
    ///   - tls: shared by all kubelets; nil for a plain port, such as 10255.
    ///   - certificate: called when the first connection comes.
    static func start(
        _ identity: KubeletIdentity, at address: SocketAddress, corpus: MetricsCorpus, behaviour: KubeletBehaviour,
        tls: TLSServerContext?, certificate: @escaping @Sendable () throws -> TLSIdentity, on servers: FakeServers
    ) async throws -> FakeKubelet {
        let desk = KubeletDesk(identity, corpus: corpus, behaviour: behaviour, tls: tls, certificate: certificate)
        let (server, bound) = try await servers.listen(
            on: address, tls: { try desk.tlsOffer() }, serve: { _, connection in await desk.serve(connection) })
        return FakeKubelet(desk, at: bound, server: server, on: servers)
    }

    /// Refuses connections from now on, and drops those that are open: the machine is gone.
    ///
    /// - Parameter keepsPort: another kubelet may listen at the address all the same, but the kernel gives its port to nobody.
    package func stop(keepsPort: Bool = true) async {
        desk.goAway()
        guard keepsPort else { return await servers.close(server) }
        await servers.stopListening(server)
        await servers.dropConnections(of: server)
    }

    /// Drops the open connections; new ones are welcome.
    package func dropConnections() async { await servers.dropConnections(of: server) }

    /// How it answers from the next request on.
    package var behaviour: KubeletBehaviour {
        get { desk.behaviour }
        set { desk.behaviour = newValue }
    }

    /// How it answers the next requests, one after another; then `behaviour` is back.
    package func answerNext(_ behaviours: KubeletBehaviour...) { desk.answerNext(behaviours) }

    /// Another certificate, for new connections.
    package func use(_ certificate: TLSIdentity) throws { try desk.use(certificate) }

    /// What it was asked so far, in order.
    package var requests: [ReceivedRequest] { desk.requests }

    package func forgetRequests() { desk.forgetRequests() }

    package var acceptedConnections: Int {
        get async { await servers.acceptedConnections(of: server) }
    }

    package var openConnections: Int {
        get async { await servers.openConnections(of: server) }
    }

    /// The body that it serves at a path, to compare with what arrived.
    package func body(_ path: String) -> MetricsBody? { desk.body(path) }
}
