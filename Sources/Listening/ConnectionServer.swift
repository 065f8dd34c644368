package import EventLoop
import HTTP

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
    package private(set) var isDraining = false

    package enum Event {
        case opened
        case closed
        /// `limits.connections` is reached.
        case refused
        /// No connection can be accepted, or they can again.
        case acceptTrouble(AcceptTrouble)
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

    // MARK: The end

    /// Stops accepting, lets what is being answered finish, and cuts what is left after `timeout` (milliseconds).
    package func drain(within timeout: UInt64) async {
        isDraining = true
        for listener in listeners { listener.close() }
        listeners = []
        for connection in open.values where connection.isIdle { connection.parker.fail(.cancelled) }
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
