package import Discovery
import Synchronization

/// The table in force, shared by the node source, which writes, and by scrapes and admin pages, which read.
///
/// The lock is held for a look-up or the change of one node, never while a whole table is built (spec 5.4). Who changes the
/// table, the node source, the reader of leases or a reload, waits for the others that do.
package final class IdentityStore: Sendable {
    private struct State {
        var table: IdentityTable
        var isSynced = false
        var isLive = false
        /// When the source last vouched for the table.
        var confirmedAt: ContinuousClock.Instant

        func age(at now: ContinuousClock.Instant) -> Duration { isLive ? .zero : now - confirmedAt }
    }

    private let clock: IdentityClock
    private let state: Mutex<State>
    /// Held while a table is built of the one in force: an event that came in between would be lost.
    private let writing = Mutex(())

    package init(policy: IdentityPolicy, clock: IdentityClock = .system) {
        self.clock = clock
        state = Mutex(State(table: IdentityTable(policy: policy), confirmedAt: clock.monotonic()))
    }

    /// The first row of spec 5, then the table's.
    package func verdict(for claim: NodeClaim, at destination: ScrapeDestination) -> IdentityVerdict {
        state.withLock { state in
            guard state.isSynced else { return IdentityVerdict(unsynced: claim, at: destination) }
            let verdict = state.table.verdict(for: claim, at: destination)
            guard !state.isLive, let limit = state.table.policy.maxStaleness else { return verdict }
            let age = state.age(at: clock.monotonic())
            return age > limit ? verdict.dropped(forTableOf: age, limit: limit) : verdict
        }
    }
}

// MARK: What the node source reports

extension IdentityStore {
    /// Puts a complete list in the place of the table (spec 4.5).
    package func replace(with nodes: some Collection<Node>) -> IdentityChanges {
        writing.withLock { _ in install(nodes, policy: table.policy, isList: true) }
    }

    package func added(_ node: Node) -> IdentityChanges { put(node) }

    package func modified(_ node: Node) -> IdentityChanges { put(node) }

    package func deleted(_ node: Node) -> IdentityChanges {
        let now = clock.monotonic()
        return writing.withLock { _ in
            state.withLock { state in
                state.confirmedAt = now
                return state.table.delete(node)
            }
        }
    }

    /// The source sees every change from now on.
    package func markLive() {
        state.withLock { $0.isLive = true }
    }

    /// The source lost touch: from now on the table ages (spec 4.6). Said again, it changes nothing.
    package func markDisconnected() {
        let now = clock.monotonic()
        state.withLock { state in
            guard state.isLive else { return }
            state.isLive = false
            state.confirmedAt = now
        }
    }

    /// The leases of rivals were read.
    package func renewed(_ leases: [NodeLease], of rivals: [String]) -> IdentityChanges {
        writing.withLock { _ in state.withLock { $0.table.put(leases, of: rivals) } }
    }

    /// Judges by another policy from now on, after a reload of the configuration.
    package func adopt(_ policy: IdentityPolicy) -> IdentityChanges {
        writing.withLock { _ in install(table.nodes.map(\.node), policy: policy, isList: false) }
    }

    /// Builds outside the lock; the old table outlives it too, because letting go of 65,000 nodes takes its time.
    private func install(_ nodes: some Collection<Node>, policy: IdentityPolicy, isList: Bool) -> IdentityChanges {
        let old = table
        var new = IdentityTable(nodes, replacing: old, policy: policy, now: clock.unixSeconds())
        let changes = new.changes(since: old)
        let now = clock.monotonic()
        return withExtendedLifetime(old) {
            state.withLock { state in
                // Scrapes go on learning while a table is built.
                new.takeEvidence(from: state.table)
                state.table = new
                guard isList else { return }
                state.isSynced = true
                state.confirmedAt = now
            }
            return changes
        }
    }

    /// For the evidence of connections, which comes from scrapes.
    func withTable<Result: Sendable>(_ body: (inout IdentityTable) -> Result) -> Result {
        state.withLock { body(&$0.table) }
    }

    private func put(_ node: Node) -> IdentityChanges {
        let now = clock.monotonic()
        let unixSeconds = clock.unixSeconds()
        return writing.withLock { _ in
            state.withLock { state in
                state.confirmedAt = now
                return state.table.put(node, now: unixSeconds)
            }
        }
    }
}

// MARK: What admin pages, metrics and commands read

extension IdentityStore {
    /// A complete list was seen: scrapes may be forwarded (spec 4.5).
    package var isSynced: Bool { state.withLock(\.isSynced) }

    /// Zero while the source is live (spec 4.6), and before the first list.
    package var tableAge: Duration {
        let now = clock.monotonic()
        return state.withLock { $0.isSynced ? $0.age(at: now) : .zero }
    }

    /// Of which nodes leases decide, those that are compared together.
    package var rivals: Set<[String]> { state.withLock(\.table.rivals) }

    package var summary: IdentitySummary { state.withLock(\.table.summary) }

    /// The table as it is now. Don't keep it: while it lives, the next event copies the indexes.
    package var table: IdentityTable { state.withLock(\.table) }
}
