import Addressing
import Discovery
import Identity
import Synchronization
import Testing

/// Time that stands still until a test moves it.
private final class HandClock: Sendable {
    private let elapsed = Mutex(Duration.zero)
    private let start = ContinuousClock.now

    func advance(by duration: Duration) { elapsed.withLock { $0 += duration } }

    var clock: IdentityClock {
        IdentityClock(
            monotonic: { self.start + self.elapsed.withLock { $0 } },
            unixSeconds: { noon + self.elapsed.withLock { $0.components.seconds } })
    }
}

@Suite struct StoreTests {
    private let time = HandClock()
    private let target = ScrapeDestination.ownAddress(port: nil)
    private let claim = NodeClaim(node: "a")

    @Test("Before the first complete list nothing is forwarded, and nothing observed (spec 4.5)")
    func notSynced() throws {
        let store = IdentityStore(policy: IdentityPolicy(), clock: time.clock)
        _ = store.added(Node("a", at: "10.0.0.5"))
        let address = try #require(SocketAddress("10.0.0.5:10250"))
        let verdict = store.verdict(for: claim, at: .address(address))
        #expect(verdict.reason == .notSynced)
        #expect(verdict.address == address)
        #expect(verdict.dialableAddress == nil)
        #expect(verdict.explanation(at: noon).hasPrefix("Not synced: "))
        #expect(!store.isSynced)

        _ = store.replace(with: [Node("a", at: "10.0.0.5")])
        #expect(store.isSynced)
        #expect(store.verdict(for: claim, at: .address(address)).reason == .owner)
    }

    @Test("An empty list is a complete list")
    func emptyList() {
        let store = IdentityStore(policy: IdentityPolicy(), clock: time.clock)
        _ = store.replace(with: [Node]())
        #expect(store.verdict(for: claim, at: target).reason == .unknownNode)
    }

    @Test("The table's age is 0 while the source is live, then counts from the moment it was lost (spec 4.6)")
    func age() {
        let store = IdentityStore(policy: IdentityPolicy(), clock: time.clock)
        time.advance(by: .seconds(5))
        #expect(store.tableAge == .zero)
        _ = store.replace(with: [Node("a", at: "10.0.0.5")])
        time.advance(by: .seconds(5))
        #expect(store.tableAge == .seconds(5))
        store.markLive()
        time.advance(by: .seconds(100))
        #expect(store.tableAge == .zero)
        store.markDisconnected()
        time.advance(by: .seconds(7))
        store.markDisconnected()
        #expect(store.tableAge == .seconds(7))
        store.markLive()
        #expect(store.tableAge == .zero)
    }

    @Test("Without max_staleness the last table is good for ever")
    func failStatic() {
        let store = IdentityStore(policy: IdentityPolicy(), clock: time.clock)
        _ = store.replace(with: [Node("a", at: "10.0.0.5")])
        time.advance(by: .seconds(1_000_000))
        #expect(store.verdict(for: claim, at: target).reason == .owner)
    }

    @Test("With max_staleness an older table fails closed, and is still there to observe by")
    func staleTable() {
        let store = IdentityStore(policy: IdentityPolicy(maxStaleness: .seconds(300)), clock: time.clock)
        _ = store.replace(with: [Node("a", at: "10.0.0.5")])
        store.markLive()
        time.advance(by: .seconds(10_000))
        #expect(store.verdict(for: claim, at: target).reason == .owner)
        store.markDisconnected()
        time.advance(by: .seconds(300))
        #expect(store.verdict(for: claim, at: target).reason == .owner)
        time.advance(by: .seconds(5))
        let verdict = store.verdict(for: claim, at: target)
        #expect(verdict.reason == .staleTable)
        #expect(verdict.decision == .drop)
        #expect(verdict.dialableAddress?.description == "10.0.0.5:10250")
        #expect(
            verdict.explanation(at: noon)
                == "Stale node table: last confirmed 305s ago, max_staleness is 300s: restore the node source")
        _ = store.replace(with: [Node("a", at: "10.0.0.5")])
        #expect(store.verdict(for: claim, at: target).reason == .owner)
    }

    @Test("The row of the table's age comes before all others")
    func staleTableFirst() {
        let store = IdentityStore(policy: IdentityPolicy(maxStaleness: .seconds(1)), clock: time.clock)
        _ = store.replace(with: [Node("a", at: "10.0.0.5")])
        time.advance(by: .seconds(2))
        #expect(store.verdict(for: NodeClaim(node: "ghost"), at: target).reason == .staleTable)
    }

    @Test("Events change the table in force and report what changed")
    func events() {
        let store = IdentityStore(policy: IdentityPolicy(), clock: time.clock)
        _ = store.replace(with: [Node("a", at: "10.0.0.5", ready: .unknown)])
        #expect(store.added(Node("b", at: "10.0.0.5")).staleIdentitiesStarted.map(\.name) == ["a"])
        #expect(store.verdict(for: claim, at: target).reason == .staleIdentity)
        #expect(store.summary.staleIdentities == 1)
        #expect(store.summary.addressConflicts == 1)
        #expect(store.modified(Node("b", at: "10.0.0.6")).owners.map(\.address.description) == ["10.0.0.5:10250"])
        #expect(store.verdict(for: claim, at: target).reason == .noReadyNode)
        #expect(store.deleted(Node("a")).owners.isEmpty)
        #expect(store.verdict(for: claim, at: target).reason == .unknownNode)
    }

    @Test("Another policy is in force at once, and an unsynced table stays unsynced")
    func adopt() {
        let store = IdentityStore(policy: IdentityPolicy(), clock: time.clock)
        _ = store.adopt(IdentityPolicy(notReady: .sole))
        #expect(!store.isSynced)
        _ = store.replace(with: [Node("a", at: "127.0.0.31", ready: .false)])
        #expect(store.verdict(for: claim, at: target).reason == .noAddress)
        _ = store.adopt(IdentityPolicy(notReady: .sole, allowLoopback: true))
        #expect(store.verdict(for: claim, at: target).reason == .owner)
        #expect(store.adopt(IdentityPolicy(allowLoopback: true)).owners.count == 1)
        #expect(store.verdict(for: claim, at: target).reason == .noReadyNode)
    }

    @Test("Another policy makes no table younger")
    func adoptKeepsAge() {
        let store = IdentityStore(policy: IdentityPolicy(), clock: time.clock)
        _ = store.replace(with: [Node("a", at: "10.0.0.5")])
        time.advance(by: .seconds(60))
        _ = store.adopt(IdentityPolicy(maxStaleness: .seconds(30)))
        #expect(store.tableAge == .seconds(60))
        #expect(store.verdict(for: claim, at: target).reason == .staleTable)
    }

    @Test("No event is lost while a reload builds the table of another policy, or a list comes")
    func eventsDuringReload() async {
        let store = IdentityStore(policy: IdentityPolicy(), clock: time.clock)
        let count = 2_000
        func node(_ number: Int, _ ready: ReadyCondition.Status) -> Node {
            Node("n\(number)", at: "10.\(number / 250).0.\(number % 250 + 1)", ready: ready)
        }
        _ = store.replace(with: (0..<count).map { node($0, .true) })
        await withTaskGroup { group in
            group.addTask { @concurrent in
                for round in 0..<20 {
                    _ = store.adopt(IdentityPolicy(notReady: round.isMultiple(of: 2) ? .sole : .drop))
                }
            }
            group.addTask { @concurrent in
                for number in 0..<count { _ = store.modified(node(number, .unknown)) }
            }
        }
        #expect(store.summary.nodes.unknown == count)
    }

    @Test("Scrapes read while the source writes")
    func concurrently() async {
        let store = IdentityStore(policy: IdentityPolicy(), clock: time.clock)
        _ = store.replace(with: [Node("a", at: "10.0.0.5")])
        await withTaskGroup { group in
            for _ in 0..<4 {
                group.addTask { @concurrent [claim, target] in
                    for _ in 0..<500 {
                        let reason = store.verdict(for: claim, at: target).reason
                        #expect(reason == .owner || reason == .noReadyNode)
                    }
                }
            }
            group.addTask { @concurrent in
                for round in 0..<500 {
                    _ = store.modified(Node("a", at: "10.0.0.5", ready: round.isMultiple(of: 2) ? .unknown : .true))
                    if round.isMultiple(of: 50) { _ = store.replace(with: [Node("a", at: "10.0.0.5")]) }
                }
            }
        }
        #expect(store.summary.nodes.total == 1)
    }
}
