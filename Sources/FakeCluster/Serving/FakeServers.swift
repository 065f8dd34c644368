import Addressing
import EventLoop
import TLS

/// The thread on which all fake servers of a cluster live, with their listeners and connections.
actor FakeServers: LoopActor {
    nonisolated let executor: LoopExecutor
    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe executor.asUnownedSerialExecutor() }
    let events: EventLoop
    private var servers: [ServerID: Server] = [:]
    private var nextID = 0
    private var heartbeat: Timer?
    private var nextBeat: UInt64 = 0
    /// What kept a server from accepting connections, the first time.
    private(set) var acceptTrouble: SocketError?

    struct ServerID: Hashable, Sendable {
        fileprivate let value: Int
    }

    /// What a server does with a connection. It runs on the loop's thread.
    typealias Service = @Sendable (isolated FakeServers, ServerConnection) async -> Void

    private struct Server {
        var listener: (listener: Listener, address: SocketAddress)?
        /// While it does not listen.
        var reservation: PortReservation?
        var connections: [Int: ServerConnection] = [:]
        var accepted = 0
    }

    private init(_ executor: LoopExecutor) throws(SocketError) {
        self.executor = executor
        // Faults that last some milliseconds, and the heartbeat, are told by these timers.
        events = try EventLoop(executor, tick: 1)
    }

    static func start() throws(SocketError) -> FakeServers {
        let servers = try FakeServers(LoopExecutor())
        servers.startThread(named: "fake-cluster")
        return servers
    }

    /// Ends everything, the thread too.
    func stop() {
        for id in servers.keys {
            stopListening(id)
            dropConnections(of: id)
        }
        executor.stop()
    }

    // MARK: Listening

    /// - Parameter tls: asked for each connection, so that a certificate may change; nil for plain HTTP.
    func listen(
        on address: SocketAddress, tls: @escaping @Sendable () throws -> TLSOffer?,
        serve: @escaping Service
    ) throws(SocketError) -> (id: ServerID, address: SocketAddress) {
        let id = ServerID(value: nextID)
        nextID += 1
        servers[id] = Server()
        return (id, try listen(again: id, on: address, tls: tls, serve: serve))
    }

    /// Opens the port of a server that stopped listening.
    @discardableResult
    func listen(
        again id: ServerID, on address: SocketAddress, tls: @escaping @Sendable () throws -> TLSOffer?,
        serve: @escaping Service
    ) throws(SocketError) -> SocketAddress {
        let socket = try ListeningSocket(address)
        let listener = try events.listen(
            on: socket,
            accept: { accepted in
                Task(executorPreference: self.executor) { await self.serve(accepted, of: id, tls: tls, serve) }
            },
            report: { trouble in
                if case .began(let error) = trouble { self.acceptTrouble = self.acceptTrouble ?? error }
            })
        servers[id]?.listener = (listener, socket.address)
        servers[id]?.reservation = nil
        return socket.address
    }

    /// New connections are refused; those that are open stay.
    func stopListening(_ id: ServerID) {
        guard let (listener, address) = servers[id]?.listener else { return }
        listener.close()
        servers[id]?.listener = nil
        servers[id]?.reservation = try? PortReservation(address)
    }

    /// For good: the address is anybody's from now on.
    func close(_ id: ServerID) {
        servers[id]?.listener?.listener.close()
        servers[id]?.listener = nil
        dropConnections(of: id)
    }

    /// Calls `late` again and again with the milliseconds by which the loop is behind its clock. Ends with the loop.
    func beat(each pause: UInt64, _ late: @escaping @Sendable (UInt64) -> Void) {
        let heartbeat = Timer { [unowned self] in
            self.assumeIsolated { servers in
                let now = EventLoop.monotonicMilliseconds()
                late(now - min(now, servers.nextBeat))
                servers.scheduleBeat(at: now + pause)
            }
        }
        self.heartbeat = heartbeat
        scheduleBeat(at: events.now + pause)
    }

    private func scheduleBeat(at moment: UInt64) {
        guard let heartbeat else { return }
        nextBeat = moment
        events.timers.schedule(heartbeat, at: moment)
    }

    /// Ends all connections of a server, in the middle of whatever they do.
    func dropConnections(of id: ServerID) {
        for connection in servers[id]?.connections.values ?? [:].values { connection.drop() }
    }

    /// Has the server's connections look for what changed.
    func wakeConnections(of id: ServerID) {
        for connection in servers[id]?.connections.values ?? [:].values { connection.wake() }
    }

    func acceptedConnections(of id: ServerID) -> Int { servers[id]?.accepted ?? 0 }

    func openConnections(of id: ServerID) -> Int { servers[id]?.connections.count ?? 0 }

    private func serve(
        _ socket: AcceptedSocket, of id: ServerID, tls: () throws -> TLSOffer?, _ serve: Service
    ) async {
        guard var server = servers[id] else { return }
        server.accepted += 1
        let number = server.accepted
        servers[id] = server
        guard let connection = try? ServerConnection(socket, number: number, tls: tls(), on: events) else { return }
        servers[id]?.connections[number] = connection
        defer {
            connection.close()
            servers[id]?.connections[number] = nil
        }
        do throws(ConnectionEnd) {
            try await connection.handshake()
        } catch {
            return
        }
        await serve(self, connection)
    }
}
