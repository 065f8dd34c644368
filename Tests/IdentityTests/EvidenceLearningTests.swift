import Addressing
import Discovery
import Identity
import Testing

@Suite("What the table learns from evidence (spec 6.3, 6.4)")
struct EvidenceLearningTests {
    private let store = IdentityStore(policy: IdentityPolicy())
    private let key: SocketAddress
    private let target: ScrapeDestination

    init() throws {
        key = try #require(SocketAddress("10.0.0.5:10250"))
        target = .address(key)
    }

    private func fill(_ nodes: Node...) -> IdentityChanges { store.replace(with: nodes) }

    private func owner() throws -> KnownNode { try #require(verdict().owner) }

    private func verdict(_ name: String = "node-b") -> IdentityVerdict {
        store.verdict(for: NodeClaim(node: name), at: target)
    }

    private func trace() -> String { store.explain(NodeClaim(node: "node-b"), at: target).text(at: noon) }

    private static let old = Node("node-a", at: "10.0.0.5", created: noon - 86_400)
    private static let new = Node("node-b", at: "10.0.0.5", created: noon - 60)

    @Test("Two Ready nodes: the kubelet is to be asked once; what it says decides, whatever the ages")
    func conflict() throws {
        let changes = fill(Self.old, Self.new)
        #expect(changes.inquiriesDue == [key])
        #expect(verdict().evidenceDemand == .inquiry && verdict().evidenceKey == key)
        #expect(try owner().name == "node-b")
        #expect(trace().contains("several claimants are Ready, the kubelet was not asked yet"))
        let (answerer, learned) = store.learnAnswerer(at: key, from: .nodeName("node-a"), certificate: nil)
        #expect(answerer?.name == "node-a")
        #expect(learned.conflictsChanged.map(\.ownership.owner?.name) == ["node-a"])
        #expect(learned.owners.map(\.current?.name) == ["node-a"])
        #expect(learned.staleIdentitiesStarted.map(\.name) == ["node-b"])
        #expect(verdict().evidenceDemand == .none)
        #expect(verdict().reason == .staleIdentity && verdict("node-a").reason == .owner)
        #expect(
            trace().contains("owner: node-a, because of the Ready claimants its kubelet answers, as kubelet_node_name"))
    }

    @Test("A kubelet that can't tell leaves the decision to what comes after evidence, and is not asked again")
    func undecided() throws {
        _ = fill(Self.old, Self.new)
        #expect(store.learnAnswerer(at: key, from: .hostNames(["nobody"]), certificate: nil).answerer == nil)
        #expect(verdict().evidenceDemand == .inquiry)
        _ = store.learnUndecided(at: key)
        #expect(verdict().evidenceDemand == .none)
        #expect(try owner().name == "node-b")
        #expect(trace().contains("the kubelet was asked and does not tell the claimants apart"))
    }

    @Test("A kubelet of neither puts the owner to the proof")
    func neither() throws {
        _ = fill(Self.old, Self.new)
        let (answerer, changes) = store.learnAnswerer(at: key, from: .nodeName("node-c"), certificate: nil)
        #expect(answerer == nil && changes.contradictionsStarted.map(\.refutation.shown) == ["node-c"])
        #expect(verdict().evidenceDemand == .proof)
        #expect(trace().contains("node_name (node-c) contradicts node-b: it must prove itself"))
    }

    @Test("Contradicted, an owner must prove itself until it has; both are told once")
    func contradiction() throws {
        _ = fill(Self.new)
        let owner = try owner()
        let began = store.learnContradiction(of: owner, at: key, by: .nodeName("node-c"), certificate: nil)
        #expect(began.contradictionsStarted.map(\.refutation.owner) == ["node-b"])
        #expect(verdict().reason == .owner && verdict().evidenceDemand == .proof)
        #expect(store.isDisputed(owner, at: key))
        #expect(
            store.learnContradiction(of: owner, at: key, by: .nodeName("node-c"), certificate: nil)
                .contradictionsStarted.isEmpty)
        // A heartbeat changes nothing, and a relist neither.
        _ = store.modified(Self.new)
        #expect(verdict().evidenceDemand == .proof)
        _ = fill(Self.new)
        #expect(verdict().evidenceDemand == .proof)
        let ended = store.learnProof(of: owner, at: key, by: .nodeName, certificate: nil)
        #expect(ended.contradictionsEnded.count == 1 && !store.isDisputed(owner, at: key))
        #expect(verdict().evidenceDemand == .none)
        #expect(store.learnProof(of: owner, at: key, by: .nodeName, certificate: nil).isEmpty)
    }

    @Test("In a conflict, evidence against the owner that names the other claimant makes that one the owner")
    func contradictionInConflict() throws {
        _ = fill(Self.old, Self.new)
        _ = store.learnUndecided(at: key)
        let changes = store.learnContradiction(
            of: try owner(), at: key, by: .certificate(node: "node-a"), certificate: nil)
        #expect(changes.conflictsChanged.map(\.ownership.owner?.name) == ["node-a"])
        #expect(verdict("node-a").reason == .owner && verdict("node-a").evidenceDemand == .none)
    }

    struct Change: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let node: Node
        let isDeleted: Bool
        let demand: EvidenceDemand

        init(_ sentence: String, _ node: Node, deleted: Bool = false, _ demand: EvidenceDemand) {
            (testDescription, self.node, isDeleted, self.demand) = (sentence, node, deleted, demand)
        }
    }

    @Test(
        "What was learned in a conflict is forgotten when a node concerned changes, and only then",
        arguments: [
            Change("another machine", Node("node-b", at: "10.0.0.5", created: noon - 60, machine: "m"), .inquiry),
            Change("another UID", Node("node-b", at: "10.0.0.5", created: noon - 60, uid: "u"), .inquiry),
            Change("a third claimant", Node("node-c", at: "10.0.0.5"), .inquiry),
            Change("one turned NotReady", Node("node-a", at: "10.0.0.5", ready: .unknown), .none),
            Change("one moved away", Node("node-a", at: "10.0.0.9"), .none),
            Change("one is deleted", old, deleted: true, .none),
            Change("a heartbeat", new, .none), Change("a node elsewhere", Node("node-d", at: "10.0.0.8"), .none),
        ])
    func forgets(_ change: Change) throws {
        _ = fill(Self.old, Self.new)
        _ = store.learnAnswerer(at: key, from: .nodeName("node-a"), certificate: nil)
        _ = change.isDeleted ? store.deleted(change.node) : store.modified(change.node)
        #expect(verdict().evidenceDemand == change.demand)
        let isKept = ["a heartbeat", "a node elsewhere"].contains(change.testDescription)
        #expect(try owner().name == (isKept ? "node-a" : "node-b"))
    }

    @Test("What concerned another machine than the owner of now is not learned")
    func late() throws {
        _ = fill(Self.new)
        let before = try owner()
        _ = store.modified(Node("node-b", at: "10.0.0.5", created: noon, uid: "uid-2"))
        #expect(store.learnContradiction(of: before, at: key, by: .nodeName("x"), certificate: nil).isEmpty)
        #expect(verdict().evidenceDemand == .none)
    }

    @Test("Ids that a stronger proof overruled are remembered until the node changes")
    func outranked() throws {
        _ = fill(Self.new)
        let owner = try owner()
        var other = Self.new
        other.nodeInfo = NodeInfo(machineID: "known", systemUUID: "")
        _ = store.modified(other)
        let now = try self.owner()
        let seen = NodeInfo(machineID: "seen")
        #expect(store.judge(.machine(seen), of: now, at: key).outcome == "contradicts")
        _ = store.learnProof(of: now, at: key, by: .nodeName, certificate: nil, outrankedIDs: seen)
        #expect(store.judge(.machine(seen), of: now, at: key).outcome == "nothing")
        #expect(verdict().evidenceDemand == .none)
        other.nodeInfo.machineID = "third"
        _ = store.modified(other)
        #expect(store.judge(.machine(seen), of: try self.owner(), at: key).outcome == "contradicts")
        _ = owner
    }

    // MARK: Certificates that were seen before

    private static let bytes = [UInt8](repeating: 7, count: 32)
    private static let ids = NodeInfo(machineID: "m", systemUUID: "s")
    private static let otherIDs = NodeInfo(machineID: "other", systemUUID: "other")

    private static var machine: Node {
        var node = new
        node.nodeInfo = ids
        return node
    }

    @Test(
        "A certificate is worth what its bearer showed last; ids add nothing to a name",
        arguments: [
            ([.machine], "machine"), ([.nodeName], "name"), ([.nodeName, .machine], "name"),
            ([.machine, .nodeName], "name"), ([.hostName], "nothing"),
        ] as [([Evidence.Kind], String)])
    func worth(shown: [Evidence.Kind], worth: String) throws {
        _ = fill(Self.machine)
        let certificate = try #require(CertificateFingerprint(Self.bytes))
        for kind in shown { _ = store.learnProof(of: try owner(), at: key, by: kind, certificate: certificate) }
        let judged =
            switch store.judge(.fingerprint(certificate), of: try owner(), at: key) {
            case .agrees: "name"
            case .agreesInMachine: "machine"
            case .nothing: "nothing"
            case .contradicts, .doubt: "against"
            }
        #expect(judged == worth)
    }

    @Test(
        "Whatever contradicts the owner, the certificate that came with it proves the owner no more, until it is proved again",
        arguments: [
            .machine(otherIDs), .nodeName("node-x"), .hostNames(["node-a"]), .certificate(node: "node-x"),
        ] as [Evidence])
    func certificateOfAnother(evidence: Evidence) throws {
        _ = fill(Self.machine)
        let owner = try owner()
        let certificate = try #require(CertificateFingerprint(Self.bytes))
        let other = try #require(CertificateFingerprint(Self.bytes.map { $0 + 1 }))
        for proved in [certificate, other] {
            _ = store.learnProof(of: owner, at: key, by: .machine, certificate: proved)
        }
        _ = store.learnContradiction(of: owner, at: key, by: evidence, certificate: certificate)
        #expect(store.judge(.fingerprint(certificate), of: owner, at: key).outcome == "nothing")
        #expect(store.judge(.fingerprint(other), of: owner, at: key).outcome == "agrees")
        _ = store.learnProof(of: owner, at: key, by: .machine, certificate: certificate)
        #expect(store.judge(.fingerprint(certificate), of: owner, at: key).outcome == "agrees")
    }

    @Test("A certificate that a name proves another node's is that one's from then on")
    func certificatePassesOn() throws {
        _ = fill(Self.machine, Node("node-c", at: "10.0.0.6"))
        let owner = try owner()
        let certificate = try #require(CertificateFingerprint(Self.bytes))
        _ = store.learnProof(of: owner, at: key, by: .nodeName, certificate: certificate)
        _ = store.learnContradiction(of: owner, at: key, by: .nodeName("node-c"), certificate: certificate)
        #expect(store.judge(.fingerprint(certificate), of: owner, at: key).outcome == "contradicts")
    }

    @Test("A scrape under way is disputed when its owner is contradicted, or is another node or machine, or nobody")
    func disputed() throws {
        _ = fill(Self.machine)
        let owner = try owner()
        #expect(!store.isDisputed(owner, at: key))
        _ = store.modified(Self.machine)
        #expect(!store.isDisputed(owner, at: key), "a heartbeat")
        var other = Self.machine
        other.nodeInfo = Self.otherIDs
        for node in [other, Node("node-b", at: "10.0.0.5", ready: .unknown), Node("node-b", at: "10.0.0.9")] {
            _ = store.modified(node)
            #expect(store.isDisputed(owner, at: key))
            _ = store.modified(Self.machine)
            #expect(!store.isDisputed(owner, at: key))
        }
        _ = store.added(Node("node-d", at: "10.0.0.5", created: noon))
        #expect(store.isDisputed(owner, at: key))
    }

    @Test("With verify_identity: off nothing is asked, and what was learned counts no more")
    func off() throws {
        _ = fill(Self.old, Self.new)
        _ = store.learnAnswerer(at: key, from: .nodeName("node-a"), certificate: nil)
        _ = store.adopt(IdentityPolicy(checksEvidence: false))
        #expect(try owner().name == "node-b")
        #expect(verdict().evidenceDemand == .none)
        let changes = store.adopt(IdentityPolicy())
        #expect(changes.inquiriesDue == [key])
    }
}
