import Addressing
import Discovery
import Identity
import Testing

/// One row of a table of behaviour: who asks for what, and what becomes of it.
struct VerdictCase: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let nodes: [Node]
    let claim: NodeClaim
    let target: String
    let reason: VerdictReason
    let owner: String?
    /// Where `mode: observe` would send it.
    let observed: String?
    let policy: IdentityPolicy

    init(
        _ sentence: String, _ nodes: [Node], claim: String? = nil, uid: String? = nil, at target: String,
        _ reason: VerdictReason, owner: String? = nil, observed: String? = "10.0.0.5:10250",
        policy: IdentityPolicy = IdentityPolicy()
    ) {
        testDescription = sentence
        self.nodes = nodes
        self.claim = NodeClaim(node: claim, uid: uid)
        self.target = target
        self.reason = reason
        self.owner = owner
        self.observed = observed
        self.policy = policy
    }

    func check() throws {
        let table = IdentityTable(nodes, policy: policy)
        let verdict = table.verdict(for: claim, at: try destination(target))
        #expect(verdict.reason == reason)
        #expect(verdict.decision == (reason == .owner ? .forward : .drop))
        #expect(verdict.owner?.name == owner)
        #expect(verdict.dialableAddress?.description == observed)
        #expect(verdict.isUnclaimed == claim.isNone)
    }
}

/// The example of spec 1: node-a died and kept its Node object, node-b took its address.
private let reused = [Node("node-a", at: "10.0.0.5", ready: .unknown), Node("node-b", at: "10.0.0.5")]
private let twins = [Node("node-a", at: "10.0.0.5"), Node("node-b", at: "10.0.0.5")]
private let healthy = [Node("node-a", at: "10.0.0.5"), Node("node-b", at: "10.0.0.6")]

@Suite struct VerdictTests {
    @Test(
        "The rows of spec 5, each by its reason",
        arguments: [
            VerdictCase("by name, no such node", healthy, claim: "ghost", at: "", .unknownNode, observed: nil),
            VerdictCase(
                "by name, the node has no address yet", [Node("node-a")], claim: "node-a", at: "", .noAddress,
                observed: nil),
            VerdictCase(
                "the IP is no node's", healthy, claim: "node-a", at: "10.0.0.9:10250", .unknownAddress, observed: nil),
            VerdictCase(
                "unclaimed, the IP is no node's", healthy, at: "10.0.0.9:10250", .unknownAddress, observed: nil),
            VerdictCase(
                "two Ready nodes of one age, claimed", twins, claim: "node-a", at: "10.0.0.5:10250", .contested),
            VerdictCase("two Ready nodes of one age, unclaimed", twins, at: "10.0.0.5:10250", .contested),
            VerdictCase(
                "two Ready nodes of one age, an unknown node claimed", twins, claim: "ghost", at: "10.0.0.5:10250",
                .contested),
            VerdictCase(
                "nobody is Ready, claimed", [Node("node-a", at: "10.0.0.5", ready: .unknown)], claim: "node-a",
                at: "10.0.0.5:10250", .noReadyNode),
            VerdictCase(
                "nobody is Ready, unclaimed", [Node("node-a", at: "10.0.0.5", ready: .false)], at: "10.0.0.5:10250",
                .noReadyNode),
            VerdictCase(
                "unclaimed, two claimants of whom one owns", reused, at: "10.0.0.5:10250", .noClaim, owner: "node-b"),
            VerdictCase("unclaimed, one claimant", healthy, at: "10.0.0.5:10250", .owner, owner: "node-a"),
            VerdictCase("the owner is claimed", reused, claim: "node-b", at: "10.0.0.5:10250", .owner, owner: "node-b"),
            VerdictCase("the owner is claimed by name alone", reused, claim: "node-b", at: "", .owner, owner: "node-b"),
            VerdictCase(
                "the owner's name with another UID", reused, claim: "node-b", uid: "uid-x", at: "10.0.0.5:10250",
                .staleIdentity, owner: "node-b"),
            VerdictCase(
                "the owner's name with its UID", reused, claim: "node-b", uid: "uid-node-b", at: "10.0.0.5:10250",
                .owner,
                owner: "node-b"),
            VerdictCase(
                "a claimant that lost the key", reused, claim: "node-a", at: "10.0.0.5:10250", .staleIdentity,
                owner: "node-b"),
            VerdictCase("the same by name alone", reused, claim: "node-a", at: "", .staleIdentity, owner: "node-b"),
            VerdictCase(
                "a node at another address", healthy, claim: "node-b", at: "10.0.0.5:10250", .moved, owner: "node-a"),
            VerdictCase(
                "a node without an address", healthy + [Node("node-c")], claim: "node-c", at: "10.0.0.5:10250", .moved,
                owner: "node-a"),
            VerdictCase("no such node", healthy, claim: "ghost", at: "10.0.0.5:10250", .unknownNode, owner: "node-a"),
        ])
    func rows(row: VerdictCase) throws { try row.check() }

    @Test(
        "A scrape that names no node goes by claims.missing (spec 3.4)",
        arguments: [
            VerdictCase(
                "forward: several claimants", reused, at: "10.0.0.5:10250", .owner, owner: "node-b",
                policy: IdentityPolicy(missingClaim: .forward)),
            VerdictCase(
                "drop: one claimant", healthy, at: "10.0.0.5:10250", .noClaim, owner: "node-a",
                policy: IdentityPolicy(missingClaim: .drop)),
            VerdictCase(
                "drop: a claim is judged as ever", healthy, claim: "node-a", at: "10.0.0.5:10250", .owner,
                owner: "node-a",
                policy: IdentityPolicy(missingClaim: .drop)),
            VerdictCase(
                "a UID alone is a claim", reused, uid: "uid-node-b", at: "10.0.0.5:10250", .owner, owner: "node-b"),
            VerdictCase(
                "a UID alone that is not the owner's", reused, uid: "uid-node-a", at: "10.0.0.5:10250", .staleIdentity,
                owner: "node-b"),
            VerdictCase("an empty name is none", healthy, claim: "", at: "10.0.0.5:10250", .owner, owner: "node-a"),
        ])
    func missingClaim(row: VerdictCase) throws { try row.check() }

    @Test(
        "A claim is a node's name, else one of its host names, in any case (spec 3)",
        arguments: [
            VerdictCase("upper case", healthy, claim: "NODE-A", at: "10.0.0.5:10250", .owner, owner: "node-a"),
            VerdictCase(
                "a node with a name in upper case", [Node("Node-A", at: "10.0.0.5")], claim: "node-a", at: "", .owner,
                owner: "Node-A"),
            VerdictCase(
                "Hostname", [Node("node-a", at: "10.0.0.5", hosts: [NodeAddress(.hostname, "Host-5")])],
                claim: "host-5",
                at: "", .owner, owner: "node-a"),
            VerdictCase(
                "InternalDNS", [Node("i-1", at: "10.0.0.5", hosts: [NodeAddress(.internalDNS, "ip-5.internal")])],
                claim: "ip-5.internal", at: "10.0.0.5:10250", .owner, owner: "i-1"),
            VerdictCase(
                "ExternalDNS", [Node("i-1", at: "10.0.0.5", hosts: [NodeAddress(.externalDNS, "ec2-5.example")])],
                claim: "ec2-5.example", at: "10.0.0.5:10250", .owner, owner: "i-1"),
            VerdictCase(
                "a name goes before another node's Hostname",
                [
                    Node("node-a", at: "10.0.0.5", hosts: [NodeAddress(.hostname, "node-b")]),
                    Node("node-b", at: "10.0.0.6"),
                ], claim: "node-b", at: "10.0.0.5:10250", .moved, owner: "node-a"),
            VerdictCase(
                "a Hostname of the lost and of the new node is the new one's at their address",
                [
                    Node("old", at: "10.0.0.5", hosts: [NodeAddress(.hostname, "host-5")], ready: .unknown),
                    Node("renewed", at: "10.0.0.5", hosts: [NodeAddress(.hostname, "host-5")]),
                ], claim: "host-5", at: "10.0.0.5:10250", .owner, owner: "renewed"),
            VerdictCase(
                "the same by name alone",
                [
                    Node("old", at: "10.0.0.5", hosts: [NodeAddress(.hostname, "host-5")], ready: .unknown),
                    Node("renewed", at: "10.0.0.5", hosts: [NodeAddress(.hostname, "host-5")]),
                ], claim: "host-5", at: "", .owner, owner: "renewed"),
        ])
    func references(row: VerdictCase) throws { try row.check() }

    @Test(
        "Every InternalIP and ExternalIP counts, compared by value (spec 4.2)",
        arguments: [
            VerdictCase(
                "IPv6", [Node("a", at: "10.0.0.5", "fd00::5")], claim: "a", at: "[fd00::5]:10250", .owner, owner: "a",
                observed: "[fd00::5]:10250"),
            VerdictCase(
                "IPv6 spelt at length", [Node("a", at: "fd00:0:0::5")], claim: "a", at: "[FD00::0:5]:10250", .owner,
                owner: "a", observed: "[fd00::5]:10250"),
            VerdictCase(
                "IPv4-mapped in the request", healthy, claim: "node-a", at: "[::ffff:10.0.0.5]:10250", .owner,
                owner: "node-a"),
            VerdictCase(
                "IPv4-mapped in the Node", [Node("a", at: "::ffff:10.0.0.5")], claim: "a", at: "10.0.0.5:10250", .owner,
                owner: "a"),
            VerdictCase(
                "ExternalIP", [Node("a", at: "10.0.0.6", external: ["10.0.0.5"])], claim: "a", at: "10.0.0.5:10250",
                .owner, owner: "a"),
            VerdictCase(
                "by name: the first InternalIP", [Node("a", at: "10.0.0.5", "10.0.0.6")], claim: "a", at: "", .owner,
                owner: "a"),
            VerdictCase(
                "by name: InternalIP before ExternalIP", [Node("a", at: "10.0.0.5", external: ["10.0.0.4"])],
                claim: "a", at: "", .owner, owner: "a"),
            VerdictCase(
                "by name: ExternalIP where there is nothing else", [Node("a", external: ["10.0.0.5"])], claim: "a",
                at: "", .owner, owner: "a"),
            VerdictCase(
                "by name: the first that may be dialled", [Node("a", at: "169.254.1.1", "10.0.0.300", "10.0.0.5")],
                claim: "a", at: "", .owner, owner: "a"),
            VerdictCase(
                "one stack taken over, the other kept: the lost one",
                [Node("a", at: "10.0.0.5", "fd00::5", created: noon - 7200), Node("b", at: "10.0.0.5")], claim: "a",
                at: "10.0.0.5:10250", .staleIdentity, owner: "b"),
            VerdictCase(
                "one stack taken over, the other kept: the kept one",
                [Node("a", at: "10.0.0.5", "fd00::5", created: noon - 7200), Node("b", at: "10.0.0.5")], claim: "a",
                at: "[fd00::5]:10250", .owner, owner: "a", observed: "[fd00::5]:10250"),
        ])
    func addresses(row: VerdictCase) throws { try row.check() }

    @Test(
        "An address that is never a kubelet's is nobody's, even if a Node lists it (spec 4.2)",
        arguments: [
            "127.0.0.1", "::1", "169.254.169.254", "169.254.3.4", "fe80::1", "fd00:ec2::254", "100.100.100.200",
            "0.0.0.0",
            "::", "224.0.0.1", "ff02::1", "::ffff:169.254.169.254",
        ])
    func neverDialled(address: String) throws {
        let ip = try #require(IPAddress(address))
        let table = IdentityTable([Node("a", at: address)])
        let verdict = try table.verdict("a", at: "\(SocketAddress(ip, port: 10250))")
        #expect(verdict.reason == .unknownAddress)
        #expect(verdict.dialableAddress == nil)
        #expect(try table.verdict("a", at: "").reason == .noAddress)
    }

    @Test("Loopback nodes are nodes where allow_loopback_nodes is set, metadata addresses never")
    func loopback() throws {
        let policy = IdentityPolicy(allowLoopback: true)
        let table = IdentityTable([Node("a", at: "127.0.0.31"), Node("b", at: "169.254.169.254")], policy: policy)
        #expect(try table.verdict("a", at: "127.0.0.31:10250").reason == .owner)
        #expect(try table.verdict("b", at: "169.254.169.254:10250").reason == .unknownAddress)
    }

    @Test("Where nothing is dialled, every address of a node is usable (spec 8.3)")
    func neverDials() throws {
        let table = IdentityTable([Node("a", at: "169.254.1.1")], policy: IdentityPolicy(neverDials: true))
        #expect(try table.verdict("a", at: "").reason == .owner)
    }
}
