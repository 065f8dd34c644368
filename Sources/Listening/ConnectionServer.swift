package import EventLoop
import HTTP
package import HTTP2

/// The connections of one loop, from accept to close, and their end at shutdown.
package final class ConnectionServer {
    private let loop: EventLoop
    private var limits: DownstreamConnection.Limits
    private var maximumConnections: Int
    private let handler: any RequestHandler
    /// Called when something happens to connections.
    private let observe: (Event) -> Void
    private var listeners: [Listener] = []
    private var open: [ObjectIdentifier: DownstreamConnection] = [:]
    private var drainWaiter: Parker?
    /// Starts a task that calls `runNext`; only an actor can start one on its own loop. HTTP/2 has one for each stream.
    package var startTask: (() -> Void)?
    /// What the tasks that were started are to do.
    private var started: [() async -> Void] = []
    package private(set) var isDraining = false

    package enum Event {
        case opened
        case closed
        /// `limits.connections` is reached.
        case refused
        /// No connection can be accepted, or they can again.
        case acceptTrouble(AcceptTrouble)
        /// The proxy ended an HTTP/2 connection for what came by it.
        case http2Ended(HTTP2Error)
    }

    package init(
        on loop: EventLoop, limits: DownstreamConnection.Limits, maximumConnections: Int,
        handler: any RequestHandler, observe: @escaping (Event) -> Void = { _ in }
    ) {
        self.loop = loop
        self.limits = limits
        self.maximumConnections = maximumConnections
        self.handler = handler
        self.observe = observe
    }

    /// - Parameter accept: starts a task that calls `serve`; only an actor can start one on its own loop.
    package func listen(
        on socket: any AcceptingSocket, accept: @escaping (AcceptedSocket) -> Void
    ) throws(SocketError) {
        let listener = try loop.listen(on: socket, accept: accept) { [observe] in observe(.acceptTrouble($0)) }
        listeners.append(listener)
    }

    /// Limits for the connections to come; those that are open keep theirs.
    package func adopt(_ limits: DownstreamConnection.Limits, maximumConnections: Int) {
        self.limits = limits
        self.maximumConnections = maximumConnections
    }

    /// A connection's whole life.
    ///
    /// - Parameter listener: which of the configured ones it came in by.
    package func serve(_ accepted: AcceptedSocket, through listener: Int = 0) async {
        guard let connection = try? DownstreamConnection(accepted, through: listener, on: loop, limits: limits) else {
            return
        }
        defer { connection.close() }
        guard open.count < maximumConnections, !isDraining else {
            observe(.refused)
            return
        }
        open[ObjectIdentifier(connection)] = connection
        observe(.opened)
        defer {
            open[ObjectIdentifier(connection)] = nil
            observe(.closed)
            if open.isEmpty { drainWaiter?.unpark() }
        }
        await answerRequests(of: connection)
    }

    private func answerRequests(of connection: DownstreamConnection) async {
        while !isDraining {
            do throws(DownstreamError) {
                let request = try await connection.nextRequest()
                guard await handler.answer(request, to: connection) else { return await connection.linger() }
                if connection.speaksHTTP2 { return await serveHTTP2(connection) }
                // One that pipelines without end must not keep the loop from the others.
                if connection.isPipelined { await Task.yield() }
            } catch {
                switch error {
                case .refused(let refusal): await handler.refuse(refusal, to: connection)
                case .headerTimeout: await handler.refuse(.headTimedOut, to: connection)
                case .gone, .cancelled: return
                }
                return await connection.linger()
            }
        }
    }

    /// The request was a CONNECT, and what speaks inside its tunnel is HTTP/2.
    private func serveHTTP2(_ connection: DownstreamConnection) async {
        guard let tls = connection.encryption else { return }
        let inside: HTTP2Connection
        do throws(HTTP2Error) {
            inside = try HTTP2Connection(connection, over: tls, on: loop, handler: handler) { [unowned self] in
                start($0)
            }
        } catch { return }
        connection.whenDraining = { [unowned inside] in inside.drain() }
        if isDraining { inside.drain() }
        if let failure = await inside.run() { observe(.http2Ended(failure)) }
        connection.whenDraining = nil
        await connection.linger()
    }

    private func start(_ work: @escaping () async -> Void) {
        started.append(work)
        startTask?()
    }

    package func runNext() async {
        guard !started.isEmpty else { return }
        await started.removeFirst()()
    }

    // MARK: The end

    /// Stops accepting, lets what is being answered finish, and cuts what is left after `timeout` (milliseconds).
    package func drain(within timeout: UInt64) async {
        isDraining = true
        for listener in listeners { listener.close() }
        listeners = []
        for connection in open.values {
            if let drain = connection.whenDraining {
                drain()
            } else if connection.isIdle {
                connection.parker.fail(.cancelled)
            }
        }
        guard !open.isEmpty else { return }
        let waiter = Parker(loop)
        waiter.setDeadline(loop.now + timeout)
        drainWaiter = waiter
        while !open.isEmpty {
            do throws(Interruption) { try await waiter.wait() } catch { break }
        }
        guard !open.isEmpty else { return }
        for connection in open.values { connection.parker.fail(.cancelled) }
        waiter.reset()
        waiter.setDeadline(loop.now + 1_000)
        while !open.isEmpty {
            do throws(Interruption) { try await waiter.wait() } catch { break }
        }
    }
}
