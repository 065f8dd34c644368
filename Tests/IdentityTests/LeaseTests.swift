import Addressing
import Discovery
import Testing

@testable import Identity

@Suite("Of several Ready nodes, leases decide before ages do (spec 4.4)")
struct LeaseTests {
    /// Node a is the oldest, each further one a minute younger.
    private static func node(
        _ name: String, ready: ReadyCondition.Status = .true, at ip: String = "10.0.0.5", uid: String? = nil
    ) -> Node {
        let age = Int64(UInt8(name.utf8.first ?? 0)) - Int64(UInt8(ascii: "a"))
        return Node(name, at: ip, ready: ready, created: noon - 3600 + 60 * age, uid: uid)
    }

    private static func lease(_ node: String, _ secondsAgo: Int64, duration: Int64 = 40) -> NodeLease {
        NodeLease(node: node, renewedAt: noon - secondsAgo, duration: duration)
    }

    private let key = SocketAddress(IPAddress(v4: 0x0a00_0005), port: 10250)

    private func ground(_ table: IdentityTable) -> String {
        switch table.ownership(of: key) {
        case .owned(let owner, .lease): "\(owner.name) by lease"
        case .owned(let owner, .newest): "\(owner.name) by age"
        case .owned(let owner, _): owner.name
        case .contested: "contested"
        case .nobody: "nobody"
        }
    }

    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let expected: String
        let nodes: [Node]
        let leases: [NodeLease]

        init(_ sentence: String, _ expected: String, _ nodes: [Node], _ leases: NodeLease...) {
            testDescription = sentence
            self.expected = expected
            self.nodes = nodes
            self.leases = leases
        }
    }

    @Test(
        "The claimant renewed last, if the others are overdue by then",
        arguments: [
            Case("nothing read yet", "b by age", [node("a"), node("b")]),
            Case("the older node renews", "a by lease", [node("a"), node("b")], lease("a", 5), lease("b", 45)),
            Case("the younger node renews", "b by lease", [node("a"), node("b")], lease("a", 50), lease("b", 1)),
            Case("not clearly later", "b by age", [node("a"), node("b")], lease("a", 5), lease("b", 44)),
            Case("both renew", "b by age", [node("a"), node("b")], lease("a", 2), lease("b", 9)),
            Case(
                "both stopped long ago, one later", "a by lease", [node("a"), node("b")], lease("a", 900),
                lease("b", 990)),
            Case(
                "the longer duration counts", "b by age", [node("a"), node("b")], lease("a", 5),
                lease("b", 60, duration: 60)),
            Case(
                "whichever of the two it is", "b by age", [node("a"), node("b")], lease("a", 5, duration: 60),
                lease("b", 60)),
            Case("a young node has no lease yet", "b by age", [node("a"), node("b")], lease("a", 5)),
            Case("neither has one", "b by age", [node("a"), node("b")]),
            Case(
                "of three, two renew", "c by age", [node("a"), node("b"), node("c")], lease("a", 5), lease("b", 8),
                lease("c", 99)),
            Case(
                "of three, one renews", "b by lease", [node("a"), node("b"), node("c")], lease("a", 70), lease("b", 8),
                lease("c", 99)),
            Case(
                "equal ages are told apart", "a by lease",
                [node("a"), Node("b", at: "10.0.0.5", created: noon - 3600)], lease("a", 5), lease("b", 45)),
            Case(
                "one that is not Ready has no say", "b by lease",
                [node("a", ready: .unknown), node("b"), node("c")], lease("b", 5), lease("c", 45)),
        ])
    func owner(row: Case) {
        var table = IdentityTable(row.nodes)
        let rivals = row.nodes.filter { $0.ready.status == .true }.map(\.name)
        #expect(table.rivals == [rivals])
        _ = table.put(row.leases, of: rivals)
        #expect(ground(table) == row.expected)
    }

    @Test("One Ready claimant needs no lease, however fresh that of a dead one looks")
    func oneReady() {
        var table = IdentityTable([Self.node("a"), Self.node("b", ready: .unknown)])
        #expect(table.rivals.isEmpty)
        _ = table.put([Self.lease("b", 0), Self.lease("a", 900)], of: ["a", "b"])
        #expect(ground(table) == "a")
    }

    @Test("An address that nine nodes share is no takeover: no lease is read for it")
    func shared() {
        let table = IdentityTable((0..<9).map { Self.node("n\($0)") })
        #expect(table.rivals.isEmpty)
    }

    @Test("What was read outlives news of the same nodes and a fresh list, not the conflict")
    func keeping() {
        var table = IdentityTable([Self.node("a"), Self.node("b")])
        let leases = [Self.lease("a", 5), Self.lease("b", 45)]
        let settled = table.put(leases, of: ["a", "b"])
        #expect(settled.owners.map { $0.current?.name } == ["a"])
        #expect(settled.conflictsChanged.map(\.ownership.ground).first?.hasPrefix("a, because") == true)
        #expect(table.put(leases, of: ["a", "b"]).isEmpty)
        #expect(table.put(Self.node("a"), now: noon).isEmpty)
        #expect(table.put(Self.node("b"), now: noon).isEmpty)
        #expect(ground(table) == "a by lease")

        let listed = IdentityTable(
            [Self.node("b"), Self.node("a")], replacing: table, policy: IdentityPolicy(), now: noon)
        #expect(listed.changes(since: table).isEmpty)
        #expect(ground(listed) == "a by lease")

        let ended = table.put(Self.node("b", ready: .unknown), now: noon)
        #expect(ended.conflictsEnded.map { $0.claimants.map(\.name) } == [["a", "b"]])
        #expect(table.rivals.isEmpty)
        let again = table.put(Self.node("b"), now: noon)
        #expect(again.conflictsStarted.map(\.ownership.ground).first?.hasPrefix("b, because") == true)
        #expect(ground(table) == "b by age")
    }

    @Test("A third claimant makes what was read of two worthless; what comes too late is dropped")
    func thirdClaimant() {
        var table = IdentityTable([Self.node("a"), Self.node("b")])
        _ = table.put([Self.lease("a", 5), Self.lease("b", 45)], of: ["a", "b"])
        let joined = table.put(Self.node("c"), now: noon)
        #expect(joined.conflictsChanged.map { $0.claimants.map(\.name) } == [["a", "b", "c"]])
        #expect(table.rivals == [["a", "b", "c"]])
        #expect(ground(table) == "c by age")
        #expect(table.put([Self.lease("a", 5), Self.lease("b", 45)], of: ["a", "b"]).isEmpty)
        #expect(ground(table) == "c by age")
    }

    @Test("One reading decides all addresses that the same nodes are at odds over")
    func dualStack() throws {
        let nodes = ["a", "b"].map { name in
            Node(name, at: "10.0.0.5", "fd00::5", created: noon - (name == "a" ? 3600 : 60))
        }
        var table = IdentityTable(nodes)
        #expect(table.rivals == [["a", "b"]])
        let changes = table.put([Self.lease("a", 5), Self.lease("b", 45)], of: ["a", "b"])
        #expect(changes.owners.map(\.address.description) == ["10.0.0.5:10250", "[fd00::5]:10250"])
        #expect(try table.verdict("b", at: "[fd00::5]:10250").reason == .staleIdentity)
    }

    @Test("The store takes readings while nodes are listed; explain shows them")
    func store() throws {
        let store = IdentityStore(policy: IdentityPolicy(), clock: IdentityClock.system)
        _ = store.replace(with: [Self.node("a"), Self.node("b")])
        #expect(store.rivals == [["a", "b"]])
        #expect(store.summary.addressConflicts == 1)
        _ = store.renewed([Self.lease("a", 5), Self.lease("b", 45)], of: ["a", "b"])
        _ = store.replace(with: [Self.node("a"), Self.node("b")])
        #expect(store.summary.staleIdentities == 1)
        let text = store.explain(NodeClaim(node: "b"), at: .address(key)).text(at: noon)
        #expect(text.contains("claimant: a, Ready=True since 11:31:00Z, created 11:30:00Z, lease renewed 12:29:55Z\n"))
        #expect(
            text.contains(
                "owner: a, because of the Ready claimants its Lease was renewed last, and the others' are overdue"))
    }
}
