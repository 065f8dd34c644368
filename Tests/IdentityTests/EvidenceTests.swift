import Addressing
import Discovery
import Testing

@testable import Identity

private func fingerprint(_ byte: UInt8) throws -> CertificateFingerprint {
    try #require(CertificateFingerprint([UInt8](repeating: byte, count: 32)))
}

private func ids(_ machine: String, _ system: String = "", boot: String = "") -> NodeInfo {
    NodeInfo(machineID: machine, systemUUID: system, bootID: boot)
}

extension Node {
    fileprivate func with(_ info: NodeInfo) -> Node {
        var node = self
        node.nodeInfo = info
        return node
    }
}

@Suite("What a piece of evidence says of the node that should answer (spec 6.1)")
struct EvidenceJudgingTests {
    /// node-a owns 10.0.0.5; node-b is elsewhere, and c1 and c2 are clones.
    private static let nodes = [
        Node("node-a", at: "10.0.0.5", hosts: [NodeAddress(.hostname, "host-a"), NodeAddress(.internalDNS, "a.lan")])
            .with(ids("m-a", "S-A", boot: "b-a")),
        Node("node-b", at: "10.0.0.6", hosts: [NodeAddress(.hostname, "host-b")]).with(ids("m-b", "s-b")),
        Node("c1", at: "10.0.0.7").with(ids("m-c", "s-c1")), Node("c2", at: "10.0.0.8").with(ids("m-c", "s-c2")),
        Node("d1", at: "10.0.0.9").with(ids("m-d")), Node("d2", at: "10.0.0.10").with(ids("m-d")),
        Node("young", at: "10.0.0.11"),
    ]

    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let owner: String
        let evidence: Evidence
        let outcome: String

        init(_ sentence: String, owner: String = "node-a", _ evidence: Evidence, _ outcome: String) {
            testDescription = sentence
            self.owner = owner
            self.evidence = evidence
            self.outcome = outcome
        }
    }

    @Test(
        "each kind against the Node objects",
        arguments: [
            Case("the owner's verified certificate", .certificate(node: "node-a"), "agrees"),
            Case("in another case", .certificate(node: "Node-A"), "agrees"),
            Case("another node's certificate", .certificate(node: "node-b"), "contradicts node-b"),
            Case("a certificate for nobody that is known", .certificate(node: "node-x"), "contradicts"),
            Case("the owner's name in the body", .nodeName("node-a"), "agrees"),
            Case("another node's", .nodeName("node-b"), "contradicts node-b"),
            Case("a name that is not registered yet", .nodeName("node-x"), "contradicts"),
            Case("both ids", .machine(ids("m-a", "s-a")), "agrees"),
            Case("one of two ids", .machine(ids("m-a")), "agrees"),
            Case("another machine-id, the same UUID", .machine(ids("m-x", "s-a")), "contradicts"),
            Case("the same machine-id, another UUID", .machine(ids("m-a", "s-x")), "contradicts"),
            Case("another machine", .machine(ids("m-x", "s-x")), "contradicts"),
            Case("another node's machine", .machine(ids("m-b", "s-b")), "contradicts"),
            Case("a boot_id alone", .machine(ids("", boot: "b-x")), "nothing"),
            Case("another boot of the machine", .machine(ids("m-a", "s-a", boot: "b-x")), "agrees"),
            Case("no ids", .machine(ids("")), "nothing"),
            Case("a node without ids", owner: "young", .machine(ids("m-x", "s-x")), "nothing"),
            Case("a cloned machine-id, an own UUID", owner: "c1", .machine(ids("m-c", "s-c1")), "agrees"),
            Case("the other clone", owner: "c1", .machine(ids("m-c", "s-c2")), "contradicts"),
            Case("clones alike in all", owner: "d1", .machine(ids("m-d")), "nothing"),
            Case("a stranger, where the owner is a clone", owner: "d1", .machine(ids("m-x")), "nothing"),
            Case("a clone, where the owner is none", .machine(ids("m-c")), "nothing"),
            Case("the owner's host name", .hostNames(["host-a"]), "agrees"),
            Case("its node name", .hostNames(["node-a"]), "agrees"),
            Case("its DNS name beside others", .hostNames(["localhost", "A.lan"]), "agrees"),
            Case("another node's host name", .hostNames(["host-b"]), "contradicts node-b"),
            Case("another node's name", .hostNames(["node-b"]), "contradicts node-b"),
            Case("a host that nobody knows", .hostNames(["ip-10-0-0-5"]), "doubt"),
            Case("no host at all", .hostNames([]), "nothing"),
        ])
    func judged(_ example: Case) throws {
        let table = IdentityTable(Self.nodes)
        let owner = try #require(table.node(named: example.owner))
        #expect(text(table.judge(example.evidence, of: owner)) == example.outcome)
    }

    private func text(_ judgement: EvidenceJudgement) -> String {
        guard case .contradicts(let other?) = judgement else { return judgement.outcome }
        return "contradicts \(other.name)"
    }

    @Test("Ids that stronger evidence has overruled tell nothing; others still contradict")
    func outranked() throws {
        let table = IdentityTable(Self.nodes)
        let owner = try #require(table.node(named: "node-a"))
        let seen = ids("m-x", "s-x")
        #expect(text(table.judge(.machine(seen), of: owner, outranked: seen)) == "nothing")
        #expect(text(table.judge(.machine(ids("m-y", "s-x")), of: owner, outranked: seen)) == "contradicts")
    }

    @Test("One machine under two names keeps the certificate of the first: that raises doubt, and contradicts nothing")
    func renamed() throws {
        var old = Node("old", at: "10.0.0.5", ready: .unknown)
        old.nodeInfo = ids("m", "s")
        let table = IdentityTable([old, Node("new", at: "10.0.0.5", created: noon).with(ids("m", "s"))])
        let owner = try #require(table.node(named: "new"))
        #expect(text(table.judge(.hostNames(["old"]), of: owner)) == "doubt")
    }

    @Test("A certificate is whose it was when a body last proved it, while that machine is the same")
    func fingerprints() throws {
        var table = IdentityTable(Self.nodes)
        let (a, b) = (try #require(table.node(named: "node-a")), try #require(table.node(named: "node-b")))
        let key = try #require(SocketAddress("10.0.0.5:10250"))
        let certificate = try fingerprint(1)
        #expect(text(table.judge(.fingerprint(certificate), of: a)) == "nothing")
        _ = table.learnProof(of: a, at: key, by: .nodeName, certificate: certificate, outrankedIDs: nil)
        #expect(text(table.judge(.fingerprint(certificate), of: a)) == "agrees")
        #expect(text(table.judge(.fingerprint(certificate), of: b)) == "contradicts node-a")
        #expect(text(table.judge(.fingerprint(try fingerprint(2)), of: a)) == "nothing")
        // The table is replaced: what is known stays.
        let next = IdentityTable(Self.nodes, replacing: table, policy: table.policy, now: noon)
        #expect(text(next.judge(.fingerprint(certificate), of: a)) == "agrees")
        // Another machine under the name: it proves nothing any more.
        let replaced = Node("node-a", at: "10.0.0.5").with(ids("m-new", "s-new"))
        _ = table.put(replaced, now: noon)
        let now = try #require(table.node(named: "node-a"))
        #expect(text(table.judge(.fingerprint(certificate), of: now)) == "nothing")
        #expect(text(table.judge(.fingerprint(certificate), of: b)) == "nothing")
    }

    @Test("A certificate proved before its machine got a second name tells nothing; proved after, it tells them apart")
    func renamedFingerprint() throws {
        let first = Node("old", at: "10.0.0.5").with(ids("m", "s"))
        let second = Node("new", at: "10.0.0.5", created: noon).with(ids("m", "s"))
        let key = try #require(SocketAddress("10.0.0.5:10250"))
        let certificate = try fingerprint(1)
        var table = IdentityTable([first])
        let old = try #require(table.node(named: "old"))
        _ = table.learnProof(of: old, at: key, by: .nodeName, certificate: certificate, outrankedIDs: nil)
        _ = table.put(second, now: noon)
        #expect(text(table.judge(.fingerprint(certificate), of: old)) == "nothing")
        let (answerer, _) = table.learnAnswerer(at: key, from: .nodeName("new"), certificate: certificate)
        #expect(answerer?.name == "new")
        let new = try #require(table.node(named: "new"))
        #expect(text(table.judge(.fingerprint(certificate), of: new)) == "agrees")
        #expect(text(table.judge(.fingerprint(certificate), of: old)) == "contradicts new")
    }
}
