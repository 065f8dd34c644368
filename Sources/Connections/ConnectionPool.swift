package import Addressing
package import EventLoop

/// Connections that wait for their next scrape, by address, and those who wait for a connection. The one used last is taken first,
/// so that surplus ones age out.
package final class ConnectionPool {
    /// Whom a connection is good for.
    package struct Key: Hashable {
        let address: SocketAddress
        let isTLS: Bool
        let owner: String

        package init(_ address: SocketAddress, isTLS: Bool, owner: String) {
            self.address = address
            self.isTLS = isTLS
            self.owner = owner
        }
    }

    private let loop: EventLoop
    private let queue: ConnectionQueue<Key, UpstreamConnection>
    /// Milliseconds. A kubelet closes after 90 s of its own accord.
    package var idleTimeout: UInt64
    private var idle: [SocketAddress: [Idle]] = [:]
    package private(set) var idleCount = 0
    private var sweeper: Timer?

    private struct Idle {
        let connection: UpstreamConnection
        let since: UInt64
    }

    package init(_ loop: EventLoop, idleTimeout: UInt64) {
        self.loop = loop
        self.idleTimeout = idleTimeout
        queue = ConnectionQueue { [unowned loop] queue in loop.inNextTurn { queue.turn() } }
    }

    /// A connection to the address that was dialled for this owner and is still open, as far as one can know.
    package func take(_ address: SocketAddress, isTLS: Bool, owner: String) -> UpstreamConnection? {
        // In place, and the empty list stays until the next sweep: the connection will be back in a moment.
        while let candidate = idle[address]?.popLast() {
            idleCount -= 1
            let connection = candidate.connection
            connection.channel.whenHungUp = nil
            if connection.owner == owner, connection.isTLS == isTLS, isQuiet(connection) { return connection }
            connection.close()
        }
        return nil
    }

    /// Nothing was closed, and nothing came that nobody asked for.
    private func isQuiet(_ connection: UpstreamConnection) -> Bool {
        if connection.channel.readiness.contains(.hungUp) { return false }
        // TLS may hold session tickets that are still unread: only the next exchange tells.
        return connection.isTLS || connection.hasNothingToRead
    }

    package func giveBack(_ connection: UpstreamConnection) {
        if !queue.isEmpty, isQuiet(connection), queue.offer(connection, to: connection.key) { return }
        let address = connection.address
        // Made once for each connection. (A closure that goes through `??` comes out wrapped in another one, each time.)
        if connection.leavePool == nil {
            connection.leavePool = { [unowned self, unowned connection] in self.drop(connection, at: address) }
        }
        connection.channel.whenHungUp = connection.leavePool
        if connection.channel.readiness.contains(.hungUp) {
            connection.close()
            return
        }
        connection.rest()
        idle[address, default: []].append(Idle(connection: connection, since: loop.now))
        idleCount += 1
        scheduleSweep()
    }

    // MARK: Waiting for one

    /// How many dials to one address may be under way.
    package var dialLimit: Int {
        get { queue.dialLimit }
        set { queue.dialLimit = newValue }
    }

    /// Waits until somebody gives a connection back, or for a turn to dial.
    ///
    /// - Parameter takesUsed: whether one that was used before will do.
    package func next(
        for key: Key, takesUsed: Bool, waitingWith parker: Parker,
        dial: () async throws(ConnectionError) -> UpstreamConnection
    ) async throws(ConnectionError) -> (UpstreamConnection, isFresh: Bool) {
        if let used = try await used(for: key, takesUsed: takesUsed, waitingWith: parker) { return (used, false) }
        do throws(ConnectionError) {
            let fresh = try await dial()
            queue.dialEnded(key)
            return (fresh, true)
        } catch {
            queue.dialEnded(key, error)
            throw error
        }
    }

    /// Nil: it is the caller's turn to dial.
    private func used(
        for key: Key, takesUsed: Bool, waitingWith parker: Parker
    ) async throws(ConnectionError) -> UpstreamConnection? {
        guard let waiter = queue.join(key, takesUsed: takesUsed, wake: { [unowned parker] in parker.unpark() }) else {
            return nil
        }
        while true {
            switch waiter.result {
            case .dial: return nil
            case .used(let connection): return connection
            case .failed(let error): throw error
            case nil:
                do throws(Interruption) { try await parker.wait() } catch {
                    leave(waiter)
                    throw .interrupted(error)
                }
            }
        }
    }

    private func leave(_ waiter: ConnectionQueue<Key, UpstreamConnection>.Waiter) {
        switch waiter.result {
        case nil: queue.leave(waiter)
        case .dial: queue.dialEnded(waiter.key)
        case .used(let connection): giveBack(connection)
        case .failed: break
        }
    }

    // MARK: Leaving

    private func drop(_ connection: UpstreamConnection, at address: SocketAddress) {
        guard let position = idle[address]?.firstIndex(where: { $0.connection === connection }) else { return }
        idle[address]?.remove(at: position)
        idleCount -= 1
        connection.close()
    }

    /// Closes what is idle to these addresses: their owner changed (spec 8.5).
    package func closeIdle(to addresses: Set<IPAddress>) {
        closeIdle { address, _ in addresses.contains(address.ip) }
    }

    package func closeAll() {
        sweeper?.cancel()
        closeIdle { _, _ in true }
    }

    private func closeIdle(where isDue: (SocketAddress, Idle) -> Bool) {
        for (address, waiting) in idle {
            let kept = waiting.filter { !isDue(address, $0) }
            guard kept.count < waiting.count || kept.isEmpty else { continue }
            for candidate in waiting where isDue(address, candidate) { candidate.connection.close() }
            idleCount -= waiting.count - kept.count
            idle[address] = kept.isEmpty ? nil : kept
        }
    }

    private func scheduleSweep() {
        let sweeper = sweeper ?? Timer { [unowned self] in self.sweep() }
        self.sweeper = sweeper
        if !sweeper.isScheduled { loop.timers.schedule(sweeper, at: loop.now + max(idleTimeout / 4, 1_000)) }
    }

    private func sweep() {
        closeIdle { _, candidate in loop.now - candidate.since >= idleTimeout }
        if idleCount > 0 { scheduleSweep() }
    }
}

extension UpstreamConnection {
    var key: ConnectionPool.Key { ConnectionPool.Key(address, isTLS: isTLS, owner: owner) }
}
