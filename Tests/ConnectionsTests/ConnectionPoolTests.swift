import Addressing
import Connections
import EventLoop
import Testing

/// Dials a listener of its own, on one loop.
private actor Dialler: LoopActor {
    nonisolated let executor = LoopExecutor()
    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe executor.asUnownedSerialExecutor() }
    let events: EventLoop
    private let pool: ConnectionPool
    private var listener: Listener?
    private var accepted: [Channel] = []
    private var address = SocketAddress(.loopbackV4, port: 1)

    init() throws {
        events = try EventLoop(executor)
        pool = ConnectionPool(events, idleTimeout: 60_000)
    }

    func listen() throws {
        let socket = try ListeningSocket(SocketAddress(.loopbackV4, port: 0))
        address = socket.address
        listener = try events.listen(on: socket) { socket in
            self.assumeIsolated { $0.adopt(socket) }
        }
    }

    private func adopt(_ socket: AcceptedSocket) {
        guard let channel = try? events.channel(adopting: socket.descriptor) else { return }
        accepted.append(channel)
    }

    func end() {
        pool.closeAll()
        for channel in accepted { channel.close() }
        listener?.close()
    }

    private func parker() -> Parker {
        let parker = Parker(events)
        parker.setDeadline(events.now + 5_000)
        return parker
    }

    /// Dials, and reads what the listener's side sends; then the connection is given back.
    private func exchange() async throws {
        let parker = parker()
        let connection = try await UpstreamConnection.dial(
            address, tls: nil, owner: "a", timeout: 1_000, on: events, waitingWith: parker)
        try await eventually { !accepted.isEmpty }
        unsafe _ = Array("answer".utf8).withUnsafeBytes { unsafe accepted.last?.write($0) }
        // As it goes with a kubelet: the loop says that there is something to read, and one read takes it all.
        await turn()
        let buffer = ByteBuffer(capacity: 100)
        while buffer.count < 6 { _ = try await connection.fill(buffer, waitingWith: parker) }
        pool.giveBack(connection)
    }

    private func eventually(_ condition: () -> Bool) async throws {
        let limit = events.now + 5_000
        while !condition(), events.now < limit { await turn() }
        try #require(condition())
    }

    /// Lets the loop see what happened to its sockets.
    private func turn() async {
        let parker = Parker(events)
        parker.setDeadline(events.now + 10)
        do throws(Interruption) { try await parker.wait() } catch { return }
    }

    private func take(owner: String = "a", isTLS: Bool = false) -> Bool {
        guard let connection = pool.take(address, isTLS: isTLS, owner: owner) else { return false }
        pool.giveBack(connection)
        return true
    }

    func reuses() async throws -> [Bool] {
        try await exchange()
        return [take(), take()]
    }

    func takes(owner: String, isTLS: Bool) async throws -> Bool {
        try await exchange()
        return take(owner: owner, isTLS: isTLS)
    }

    func idleAfterPeerCloses() async throws -> Int {
        try await exchange()
        accepted.last?.close()
        try await eventually { pool.idleCount == 0 }
        return pool.idleCount
    }

    /// - Returns: what is idle after its peer closed it.
    func idleAfterManyScrapes(_ count: Int) async throws -> Int {
        try await exchange()
        for _ in 0..<count { try #require(take()) }
        accepted.last?.close()
        try await eventually { pool.idleCount == 0 }
        return pool.idleCount
    }

    func takesAfterUnaskedBytes() async throws -> Bool {
        try await exchange()
        unsafe _ = [UInt8(1)].withUnsafeBytes { unsafe accepted.last?.write($0) }
        await turn()
        return take()
    }

    func idleAfterOwnerChange(at ip: IPAddress) async throws -> Int {
        try await exchange()
        pool.closeIdle(to: [ip])
        return pool.idleCount
    }

    func dialRefused() async -> String {
        listener?.close()
        do throws(ConnectionError) {
            _ = try await UpstreamConnection.dial(
                address, tls: nil, owner: "a", timeout: 1_000, on: events, waitingWith: parker())
            return "connected"
        } catch {
            if case .unreachable = error { return "unreachable" }
            return "\(error)"
        }
    }
}

@Suite("A kept connection")
struct ConnectionPoolTests {
    private func dialling<Result: Sendable>(
        _ body: @escaping @Sendable (Dialler) async throws -> Result
    ) async throws -> Result {
        let dialler = try Dialler()
        dialler.startThread(named: "dialler")
        defer { dialler.executor.stop() }
        return try await Task(executorPreference: dialler.executor) {
            try await dialler.listen()
            let result = try await body(dialler)
            await dialler.end()
            return result
        }.value
    }

    @Test("is used again, plain ones too")
    func reuse() async throws {
        #expect(try await dialling { try await $0.reuses() } == [true, true])
    }

    @Test("is no good to another owner, nor for TLS where it is plain")
    func mismatch() async throws {
        #expect(try await dialling { try await $0.takes(owner: "b", isTLS: false) } == false)
        #expect(try await dialling { try await $0.takes(owner: "a", isTLS: true) } == false)
    }

    @Test("leaves the pool when the kubelet closes it")
    func closed() async throws {
        #expect(try await dialling { try await $0.idleAfterPeerCloses() } == 0)
    }

    @Test("leaves it as lightly after a million scrapes: nothing is kept of each")
    func longLife() async throws {
        #expect(try await dialling { try await $0.idleAfterManyScrapes(1_000_000) } == 0)
    }

    @Test("on which bytes came unasked is not used again")
    func unaskedBytes() async throws {
        #expect(try await dialling { try await $0.takesAfterUnaskedBytes() } == false)
    }

    @Test("is closed when its address changes hands, and no other")
    func ownerChange() async throws {
        #expect(try await dialling { try await $0.idleAfterOwnerChange(at: .loopbackV4) } == 0)
        let other = try #require(IPAddress("127.0.0.2"))
        #expect(try await dialling { try await $0.idleAfterOwnerChange(at: other) } == 1)
    }

    @Test("is none where nobody listens")
    func refused() async throws {
        #expect(try await dialling { await $0.dialRefused() } == "unreachable")
    }
}
