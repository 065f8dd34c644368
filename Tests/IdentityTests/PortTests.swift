import Addressing
import Discovery
import Identity
import Testing

private let readOnly = IdentityPolicy(ports: .init(others: [10255]))
/// Two virtual nodes behind one IP, and a stale one that was the second before.
private let virtual = [
    Node("hollow-1", at: "10.0.0.5", port: 10250), Node("hollow-2", at: "10.0.0.5", port: 10350),
    Node("hollow-0", at: "10.0.0.5", port: 10350, ready: .unknown), Node("away", at: "10.0.0.6"),
]
private let readyOrNot = [
    Node("hollow-1", at: "10.0.0.5", port: 10250, ready: .unknown), Node("hollow-2", at: "10.0.0.5", port: 10350),
]

@Suite struct PortTests {
    @Test(
        "A kubelet's own port is a key of its own (spec 4.3)",
        arguments: [
            VerdictCase(
                "the first kubelet", virtual, claim: "hollow-1", at: "10.0.0.5:10250", .owner, owner: "hollow-1"),
            VerdictCase(
                "the second kubelet", virtual, claim: "hollow-2", at: "10.0.0.5:10350", .owner, owner: "hollow-2",
                observed: "10.0.0.5:10350"),
            VerdictCase(
                "by name the node's own port is meant", virtual, claim: "hollow-2", at: "", .owner, owner: "hollow-2",
                observed: "10.0.0.5:10350"),
            VerdictCase(
                "sharing an IP is no conflict: unclaimed", virtual, at: "10.0.0.5:10250", .owner, owner: "hollow-1"),
            VerdictCase(
                "two claimants of one port are", virtual, at: "10.0.0.5:10350", .noClaim, owner: "hollow-2",
                observed: "10.0.0.5:10350"),
            VerdictCase(
                "the one that lost the port", virtual, claim: "hollow-0", at: "10.0.0.5:10350", .staleIdentity,
                owner: "hollow-2", observed: "10.0.0.5:10350"),
            VerdictCase(
                "a node at the IP with another port is elsewhere", virtual, claim: "hollow-1", at: "10.0.0.5:10350",
                .moved, owner: "hollow-2", observed: "10.0.0.5:10350"),
            VerdictCase(
                "one kubelet down, the other is judged alone", readyOrNot, claim: "hollow-1", at: "10.0.0.5:10250",
                .noReadyNode),
        ])
    func ownPort(row: VerdictCase) throws { try row.check() }

    @Test(
        "Any other port belongs to the IP, and a claim there is judged by its own kubelet's key (spec 4.3)",
        arguments: [
            VerdictCase(
                "one node", [Node("a", at: "10.0.0.5")], claim: "a", at: "10.0.0.5:10255", .owner, owner: "a",
                observed: "10.0.0.5:10255", policy: readOnly),
            VerdictCase(
                "one node, unclaimed", [Node("a", at: "10.0.0.5")], at: "10.0.0.5:10255", .owner, owner: "a",
                observed: "10.0.0.5:10255", policy: readOnly),
            VerdictCase(
                "by name with the port", [Node("a", at: "10.0.0.5")], claim: "a", at: ":10255", .owner, owner: "a",
                observed: "10.0.0.5:10255", policy: readOnly),
            VerdictCase(
                "several kubelets, the first claimed", virtual, claim: "hollow-1", at: "10.0.0.5:10255", .owner,
                owner: "hollow-1", observed: "10.0.0.5:10255", policy: readOnly),
            VerdictCase(
                "several kubelets, the second claimed", virtual, claim: "hollow-2", at: "10.0.0.5:10255", .owner,
                owner: "hollow-2", observed: "10.0.0.5:10255", policy: readOnly),
            VerdictCase(
                "several kubelets, a stale one claimed", virtual, claim: "hollow-0", at: "10.0.0.5:10255",
                .staleIdentity, owner: "hollow-2", observed: "10.0.0.5:10255", policy: readOnly),
            VerdictCase(
                "several kubelets, unclaimed", virtual, at: "10.0.0.5:10255", .noClaim, observed: "10.0.0.5:10255",
                policy: readOnly),
            VerdictCase(
                "several kubelets, unclaimed, even where claims.missing is forward", virtual, at: "10.0.0.5:10255",
                .noClaim, observed: "10.0.0.5:10255",
                policy: IdentityPolicy(missingClaim: .forward, ports: .init(others: [10255]))),
            VerdictCase(
                "several kubelets, none Ready, unclaimed",
                [
                    Node("a", at: "10.0.0.5", port: 1, ready: .false),
                    Node("b", at: "10.0.0.5", port: 2, ready: .unknown),
                ], at: "10.0.0.5:10255", .noReadyNode, observed: "10.0.0.5:10255", policy: readOnly),
            VerdictCase(
                "several kubelets, one Ready, the other claimed", readyOrNot, claim: "hollow-1", at: "10.0.0.5:10255",
                .noReadyNode, observed: "10.0.0.5:10255", policy: readOnly),
            VerdictCase(
                "several kubelets, a node from elsewhere claimed", virtual, claim: "away", at: "10.0.0.5:10255", .moved,
                observed: "10.0.0.5:10255", policy: readOnly),
            VerdictCase(
                "several kubelets, no such node", virtual, claim: "ghost", at: "10.0.0.5:10255", .unknownNode,
                observed: "10.0.0.5:10255", policy: readOnly),
        ])
    func otherPort(row: VerdictCase) throws { try row.check() }

    @Test(
        "Only allowed ports are dialled, in observe mode too (spec 11.3)",
        arguments: [
            VerdictCase(
                "no kubelet's port", [Node("a", at: "10.0.0.5")], claim: "a", at: "10.0.0.5:22", .portNotAllowed,
                observed: nil),
            VerdictCase("unclaimed", [Node("a", at: "10.0.0.5")], at: "10.0.0.5:22", .portNotAllowed, observed: nil),
            VerdictCase("by name", [Node("a", at: "10.0.0.5")], claim: "a", at: ":22", .portNotAllowed, observed: nil),
            VerdictCase(
                "the address comes before the port", [Node("a", at: "10.0.0.5")], at: "10.0.0.9:22", .unknownAddress,
                observed: nil),
            VerdictCase(
                "kubelets not allowed", [Node("a", at: "10.0.0.5")], claim: "a", at: "10.0.0.5:10250", .portNotAllowed,
                observed: nil, policy: IdentityPolicy(ports: .init(kubelet: false, others: [10255]))),
            VerdictCase(
                "a kubelet's port allowed by its number", [Node("a", at: "10.0.0.5")], claim: "a", at: "10.0.0.5:10250",
                .owner, owner: "a", policy: IdentityPolicy(ports: .init(kubelet: false, others: [10250]))),
            VerdictCase(
                "the port that the claimed node's kubelet had here: its reason, but never dialled",
                [Node("a", at: "10.0.0.6"), Node("b", at: "10.0.0.5", port: 10350)], claim: "a", at: "10.0.0.5:10250",
                .moved, owner: "b", observed: nil),
        ])
    func allowed(row: VerdictCase) throws { try row.check() }

    @Test(
        "A kubelet port that is none is never dialled; the node's other ports are as ever",
        arguments: [
            VerdictCase(
                "by name", [Node("a", at: "10.0.0.5", port: 0)], claim: "a", at: "", .portNotAllowed, observed: nil),
            VerdictCase(
                "by name with the usual port", [Node("a", at: "10.0.0.5", port: 0)], claim: "a", at: ":10250",
                .portNotAllowed, observed: nil),
            VerdictCase(
                "by the address", [Node("a", at: "10.0.0.5", port: 0)], claim: "a", at: "10.0.0.5:10250",
                .portNotAllowed, observed: nil),
            VerdictCase(
                "another port", [Node("a", at: "10.0.0.5", port: 0)], claim: "a", at: "10.0.0.5:10255", .owner,
                owner: "a", observed: "10.0.0.5:10255", policy: readOnly),
            VerdictCase(
                "a neighbour with a port", [Node("a", at: "10.0.0.5", port: 0), Node("b", at: "10.0.0.5")], claim: "b",
                at: "10.0.0.5:10250", .owner, owner: "b"),
        ])
    func undialable(row: VerdictCase) throws { try row.check() }

    @Test("A request for port 0 itself goes nowhere, and says why")
    func portZero() throws {
        let address = SocketAddress(try #require(IPAddress("10.0.0.5")), port: 0)
        let verdict = IdentityTable([Node("a", at: "10.0.0.5", port: 0)]).verdict(for: .none, at: .address(address))
        #expect(verdict.reason == .portNotAllowed)
        #expect(verdict.dialableAddress == nil)
        #expect(
            verdict.explanation(at: noon)
                == "Port not allowed: the node at 10.0.0.5 reports a kubelet port that is none, correct its Node object"
        )
    }

    @Test("The verdict says which scheme's port it is")
    func role() throws {
        let table = IdentityTable([Node("a", at: "10.0.0.5")], policy: readOnly)
        #expect(try table.verdict("a", at: "10.0.0.5:10250").portRole == .kubelet)
        #expect(try table.verdict("a", at: "10.0.0.5:10255").portRole == .other)
        #expect(try !table.verdict("a", at: "10.0.0.5:10255").isStale)
    }

    @Test("A stale scrape follows on_stale only where its address may be dialled")
    func stale() throws {
        let table = IdentityTable([Node("a", at: "10.0.0.6"), Node("b", at: "10.0.0.5", port: 10350)])
        #expect(try table.verdict("a", at: "10.0.0.5:10350").isStale)
        #expect(try table.verdict("ghost", at: "10.0.0.5:10350").isStale)
        #expect(try !table.verdict("a", at: "10.0.0.5:10250").isStale)
        #expect(try !table.verdict("ghost", at: "").isStale)
    }
}
