package import Addressing
import EventLoop
import TLS

/// A Kubernetes API server for Nodes, Leases and access reviews, over TLS. It may be used from any thread.
package final class FakeAPIServer: Sendable {
    package let address: SocketAddress
    /// The CA that signed its certificate.
    package let authorityPEM: String
    private let desk: APIDesk
    private let servers: FakeServers
    private let server: FakeServers.ServerID

    private init(
        _ desk: APIDesk, at address: SocketAddress, authorityPEM: String, server: FakeServers.ServerID,
        on servers: FakeServers
    ) {
        self.desk = desk
        self.address = address
        self.authorityPEM = authorityPEM
        self.server = server
        self.servers = servers
    }

    /// - Parameter protocols: what ALPN offers; the real server speaks HTTP/2 to whom it can.
    static func start(
        at address: SocketAddress, authority: CertificateAuthority, users: [String: FakeUser],
        protocols: [String] = ["h2", "http/1.1"], on servers: FakeServers
    ) async throws -> FakeAPIServer {
        let certificate = try authority.issue(
            .server(
                commonName: "kube-apiserver", names: ["localhost", "kubernetes.default.svc"],
                addresses: [address.ip, .loopbackV4, .loopbackV6]))
        let context = try TLSServerContext(
            certificate.identity, clientCertificates: .verifiedIfGiven(authorities: .text(authority.certificatePEM)),
            protocols: protocols)
        var state = FakeAPIState()
        state.users = users
        let desk = APIDesk(state, tlsContext: context)
        let (server, bound) = try await servers.listen(
            on: address, tls: { TLSOffer(context: context) },
            serve: { _, connection in await Self.serve(connection, from: desk) })
        return FakeAPIServer(desk, at: bound, authorityPEM: authority.certificatePEM, server: server, on: servers)
    }

    private static func serve(_ connection: ServerConnection, from desk: APIDesk) async {
        do throws(ConnectionEnd) {
            if connection.negotiatedProtocol == "h2" {
                try await APIOverHTTP2(desk: desk, connection: connection).serve()
            } else {
                try await APIOverHTTP1(desk: desk, connection: connection).serve()
            }
            await connection.finish()
        } catch {
            connection.close()
        }
    }

    /// Lets the node proxy reach a kubelet.
    func reach(_ kubelet: KubeletDesk, at address: SocketAddress) { desk.add(kubelet, at: address) }

    // MARK: The cluster's life

    /// Adds a node, or replaces the one of its name.
    package func put(_ node: FakeNode) { change { $0.put(node) } }

    package func put(_ nodes: [FakeNode]) {
        change { state in for node in nodes { state.put(node) } }
    }

    package func delete(_ node: FakeNode) {
        change { state in _ = state.delete(node) }
    }

    package func put(_ lease: FakeLease) { change { $0.put(lease) } }

    /// Any change of what it knows, whole: users, revisions, compaction.
    package func change(_ body: @escaping @Sendable (inout FakeAPIState) -> Void) {
        desk.withState { body(&$0) }
        wake()
    }

    package var revision: Int { desk.withState { $0.revision } }

    // MARK: Faults

    /// Ends the watches that are open now.
    package func endWatches(_ ending: WatchEnding) {
        desk.endWatches(ending)
        wake()
    }

    /// Open watches get nothing more, not even bookmarks, and stay open.
    package func silenceWatches() { desk.silenceWatches(true) }

    /// Silenced watches catch up.
    package func unsilenceWatches() {
        desk.silenceWatches(false)
        wake()
    }

    /// Refuses connections and drops those that are open, until `comeBack`.
    package func goAway() async {
        await servers.stopListening(server)
        await servers.dropConnections(of: server)
    }

    /// Listens at the same address again.
    package func comeBack() async throws {
        let desk = desk
        try await servers.listen(
            again: server, on: address, tls: { TLSOffer(context: desk.tlsContext) },
            serve: { _, connection in await Self.serve(connection, from: desk) })
    }

    package func dropConnections() async { await servers.dropConnections(of: server) }

    // MARK: What was seen

    package var requests: [ReceivedRequest] { desk.requests }

    package func forgetRequests() { desk.forgetRequests() }

    package var openWatches: Int { desk.openWatches }

    package var acceptedConnections: Int {
        get async { await servers.acceptedConnections(of: server) }
    }

    private func wake() {
        let server = server
        servers.spawn { servers in servers.wakeConnections(of: server) }
    }
}
