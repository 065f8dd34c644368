import Addressing
import EventLoop
import Glibc
import Synchronization
import Testing

/// Echoes what it reads, on one thread, and notes on which threads its code ran.
private actor EchoServer: LoopActor {
    nonisolated let executor = LoopExecutor()
    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe executor.asUnownedSerialExecutor() }
    let events: EventLoop
    private(set) var threads: Set<UInt> = []
    private var listener: Listener?

    init() throws { events = try EventLoop(executor) }

    func listen() throws -> SocketAddress {
        let socket = try ListeningSocket(SocketAddress(.loopbackV4, port: 0))
        listener = try events.listen(on: socket) { accepted in
            Task(executorPreference: self.executor) { await self.echo(accepted) }
        }
        return socket.address
    }

    private func echo(_ accepted: AcceptedSocket) async {
        guard let channel = try? events.channel(adopting: accepted.descriptor) else { return }
        defer { channel.close() }
        let parker = Parker(events)
        parker.setDeadline(events.now + 5_000)
        let buffer = events.buffers.borrow()
        while true {
            threads.insert(UInt(pthread_self()))
            switch unsafe channel.read(into: buffer.freeSpace) {
            case .moved(let count):
                buffer.filled(count)
                unsafe _ = channel.write(buffer.bytes)
                buffer.clear()
            case .wouldBlock:
                do { try await parker.wait(for: .readable, on: channel) } catch { return }
            case .endOfStream, .failed: return
            }
        }
    }

    /// Waits for bytes that never come on one end of a socket pair; the other end is closed meanwhile.
    func waitForHangUp() async throws -> Interruption? {
        var pair: [Int32] = [0, 0]
        unsafe socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &pair)
        let downstream = try events.channel(adopting: pair[0])
        var silent: [Int32] = [0, 0]
        unsafe socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &silent)
        let upstream = try events.channel(adopting: silent[0])
        defer {
            downstream.close()
            upstream.close()
            close(silent[1])
        }
        let parker = Parker(events)
        downstream.watchHangUp(with: parker)
        close(pair[1])
        do throws(Interruption) { try await parker.wait(for: .readable, on: upstream) } catch { return error }
        return nil
    }

    func waitUntilDeadline() async -> (Interruption?, UInt64) {
        let parker = Parker(events)
        let start = events.now
        parker.setDeadline(start + 10_000)
        parker.setDeadline(start + 40)
        do throws(Interruption) { try await parker.wait() } catch { return (error, events.now - start) }
        return (nil, 0)
    }
}

@Suite struct LoopTests {
    private func running<Result: Sendable>(
        _ body: @escaping @Sendable (EchoServer) async throws -> Result
    ) async throws -> Result {
        let server = try EchoServer()
        server.startThread(named: "echo")
        defer { server.executor.stop() }
        return try await body(server)
    }

    /// Runs the body as the server's own connections are run: on the loop's thread throughout.
    private func onLoop<Result: Sendable>(
        _ body: @escaping @Sendable (EchoServer) async throws -> Result
    ) async throws -> Result {
        try await running { server in
            try await Task(executorPreference: server.executor) { try await body(server) }.value
        }
    }

    @Test("All code of a connection runs on the loop's one thread, resumed continuations included")
    func oneThread() async throws {
        let threads = try await running { server in
            let address = try await server.listen()
            for _ in 0..<3 {
                let client = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
                let status = unsafe address.withSockaddr { unsafe connect(client, $0, $1) }
                #expect(status == 0)
                for letter in [UInt8](repeating: 0x61, count: 20) {
                    var sent = letter
                    unsafe _ = send(client, &sent, 1, 0)
                    var received: UInt8 = 0
                    unsafe _ = recv(client, &received, 1, 0)
                    #expect(received == letter)
                }
                close(client)
            }
            return await server.threads
        }
        #expect(threads.count == 1)
        #expect(!threads.contains(UInt(pthread_self())))
    }

    @Test("A peer that hangs up ends a wait on another descriptor")
    func hangUp() async throws {
        let outcome = try await onLoop { try await $0.waitForHangUp() }
        #expect(outcome == .hungUp)
    }

    @Test("A deadline that was moved forward ends the wait in time")
    func deadline() async throws {
        let (outcome, waited) = try await onLoop { await $0.waitUntilDeadline() }
        #expect(outcome == .deadline)
        #expect((40..<5_000).contains(waited))
    }
}
