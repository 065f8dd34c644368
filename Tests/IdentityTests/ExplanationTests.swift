import Addressing
import Discovery
import Identity
import Testing

/// 12:03:07 on the day of `noon`, and a claimant that lost its address then.
private let takeover = noon - 1613
private let reused = [
    Node("node-a", at: "10.0.0.5", ready: .unknown, created: noon - 90_000),
    Node("node-b", at: "10.0.0.5", created: takeover - 30, readySince: takeover),
]

@Suite struct ExplanationTests {
    struct Case: Sendable {
        let nodes: [Node]
        let claim: NodeClaim
        let target: String
        let phrase: String
        let policy: IdentityPolicy

        init(
            _ nodes: [Node], _ claim: String? = nil, uid: String? = nil, at target: String, _ phrase: String,
            policy: IdentityPolicy = IdentityPolicy()
        ) {
            self.nodes = nodes
            self.claim = NodeClaim(node: claim, uid: uid)
            self.target = target
            self.phrase = phrase
            self.policy = policy
        }
    }

    @Test(
        "The reason phrase says the fact and the remedy (spec 5.3)",
        arguments: [
            Case(
                reused, "node-a", at: "10.0.0.5:10250",
                "Stale node identity: 10.0.0.5:10250 is node-b since 12:03:07Z, scrape claims node-a"),
            Case(
                reused, at: "10.0.0.5:10250",
                "Ambiguous: 10.0.0.5:10250 is claimed by node-a (NotReady) and node-b, scrape names none: "
                    + "set __param_node"),
            Case(
                [Node("a", at: "10.0.0.5", created: noon - 100_000, readySince: takeover - 86_400)], "b",
                at: "10.0.0.5:10250",
                "Unknown node: 10.0.0.5:10250 is a since 2026-11-23T12:03:07Z, scrape claims b, which is no node"),
            Case(reused, "ghost", at: "", "Unknown node: no Node is named ghost, it was deleted or is misspelt"),
            Case(
                reused, "node-b", uid: "uid-x", at: "10.0.0.5:10250",
                "Stale node identity: 10.0.0.5:10250 is node-b since 12:03:07Z with UID uid-node-b, "
                    + "scrape claims UID uid-x"),
            Case(
                reused + [Node("c", at: "10.0.0.7", "10.0.0.8")], "c", at: "10.0.0.5:10250",
                "Node moved: 10.0.0.5:10250 is node-b since 12:03:07Z, scrape claims c, which is at 10.0.0.7:10250"),
            Case(
                reused + [Node("c")], "c", at: "10.0.0.5:10250",
                "Node moved: 10.0.0.5:10250 is node-b since 12:03:07Z, scrape claims c, which has no usable address"),
            Case([Node("a")], "a", at: "", "No address: a lists no InternalIP or ExternalIP yet"),
            Case(
                [Node("a", at: "10.0.0.300")], "a", at: "",
                "No address: a lists none that may be dialled (10.0.0.300)"),
            Case(
                [Node("a", at: "127.0.0.31")], "a", at: "",
                "No address: a lists none that may be dialled (127.0.0.31): set allow_loopback_nodes"),
            Case(
                reused, at: "10.0.0.9:10250", "Unknown address: no Node lists 10.0.0.9 as InternalIP or ExternalIP"),
            Case(reused, at: "169.254.169.254:80", "Unknown address: 169.254.169.254 is never dialled"),
            Case(
                reused, at: "127.0.0.1:10250",
                "Unknown address: 127.0.0.1 is loopback, dialled only with allow_loopback_nodes: true"),
            Case(
                reused, at: "127.0.0.1:10250",
                "Unknown address: no Node lists 127.0.0.1 as InternalIP or ExternalIP",
                policy: IdentityPolicy(allowLoopback: true)),
            Case(
                reused, at: "10.0.0.5:22",
                "Port not allowed: 22 is no kubelet's port at 10.0.0.5 (node-a: 10250), add it to upstream.ports"),
            Case(
                reused, at: "10.0.0.5:10250", "Port not allowed: 10250, add kubelet to upstream.ports",
                policy: IdentityPolicy(ports: .init(kubelet: false))),
            Case(
                [Node("a", at: "10.0.0.5"), Node("b", at: "10.0.0.5")], "a", at: "10.0.0.5:10250",
                "Contested: 10.0.0.5:10250 is claimed by a and b, all Ready and equally new: "
                    + "delete the Node that is gone"),
            Case(
                [Node("a", at: "10.0.0.5", ready: .unknown)], "a", at: "10.0.0.5:10250",
                "No Ready node: 10.0.0.5:10250 is claimed by a (NotReady)"),
            Case(
                [Node("a", at: "10.0.0.5", deleted: true)], "a", at: "10.0.0.5:10250",
                "No Ready node: 10.0.0.5:10250 is claimed by a (being deleted)"),
            Case(
                [Node("a", at: "10.0.0.5", ready: .false)], "a", at: "10.0.0.5:10250",
                "No Ready node: 10.0.0.5:10250 is claimed by a (NotReady): not_ready: sole would scrape it"),
            Case(
                [Node("a", at: "10.0.0.5")], at: "10.0.0.5:10250",
                "No claim: scrape of 10.0.0.5:10250 names no node: set __param_node",
                policy: IdentityPolicy(missingClaim: .drop)),
            Case(
                [Node("a", at: "10.0.0.5", port: 1), Node("b", at: "10.0.0.5", port: 2)], at: "10.0.0.5:10255",
                "Ambiguous: 10.0.0.5:10255 is shared by a and others with kubelet ports of their own, "
                    + "scrape names none: set __param_node", policy: IdentityPolicy(ports: .init(others: [10255]))),
            Case(
                (1...9).map { Node("n\($0)", at: "fd00::5", ready: .unknown) }, at: "[fd00::5]:10250",
                "No Ready node: [fd00::5]:10250 is claimed by n1 (NotReady), n2 (NotReady) and 7 more"),
        ])
    func phrases(row: Case) throws {
        let table = IdentityTable(row.nodes, policy: row.policy)
        let verdict = table.verdict(for: row.claim, at: try destination(row.target))
        #expect(verdict.explanation(at: noon) == row.phrase)
    }

    @Test("The remedy names the parameter in use")
    func parameter() throws {
        let phrase = try IdentityTable(reused).verdict(at: "10.0.0.5:10250")
            .explanation(at: noon, claimsBy: .parameter("kubelet_node"))
        #expect(phrase.hasSuffix("set __param_kubelet_node"))
    }

    @Test("Since: the later of creation and readiness, else when the table first saw the node")
    func since() throws {
        let created = IdentityTable([Node("a", at: "10.0.0.5", created: takeover, readySince: takeover - 60)])
        let seen = IdentityTable([Node("a", at: "10.0.0.5", created: nil)])
        #expect(try created.verdict(at: "10.0.0.5:10250").owner?.ownedSince == takeover)
        #expect(try seen.verdict(at: "10.0.0.5:10250").owner?.ownedSince == noon)
    }

    @Test(
        "A day other than today's is named",
        arguments: [
            (noon, "12:30:00Z"), (noon - 45_000, "00:00:00Z"), (noon - 45_001, "2026-11-23T23:59:59Z"),
            (noon + 86_400, "2026-11-25T12:30:00Z"), (0, "1970-01-01T00:00:00Z"), (951_782_400, "2000-02-29T00:00:00Z"),
            (1_709_251_199, "2024-02-29T23:59:59Z"), (1_709_251_200, "2024-03-01T00:00:00Z"),
            (-1, "1969-12-31T23:59:59Z"), (4_107_542_399, "2100-02-28T23:59:59Z"),
        ])
    func dates(moment: Int64, text: String) throws {
        let table = IdentityTable([Node("a", at: "10.0.0.5", created: moment, readySince: moment)])
        let phrase = try table.verdict("a", at: "10.0.0.5:10250").explanation(at: noon)
        #expect(phrase == "10.0.0.5:10250 is a since \(text)")
    }

    @Test(
        "Whatever a request or a Node brings, the phrase is one short line of printable ASCII",
        arguments: [
            "line\r\nSet-Cookie: x", "tab\tnul\0", "snow☃man", String(repeating: "n", count: 253),
            String(repeating: "é", count: 5000), "\u{7f}\u{80}",
        ])
    func hostileNames(name: String) throws {
        let long = String(repeating: "owner", count: 50)
        let address = "2001:db8:1111:2222:3333:4444:5555:6666"
        let nodes = [
            Node(long, at: address, created: noon - 600_000),
            Node(name + "x", at: address, ready: .unknown), Node("b", at: "10.0.0.5"),
        ]
        for claim in [name, name + "x", "b"] {
            for target in ["[\(address)]:10250", "", "[\(address)]:1"] {
                let verdict = try IdentityTable(nodes).verdict(claim, uid: name, at: target)
                let phrase = verdict.explanation(at: noon)
                #expect(phrase.utf8.allSatisfy { (0x20...0x7e).contains($0) })
                #expect(phrase.utf8.count <= 200)
                #expect(phrase.utf8.count > 20)
            }
        }
    }

    @Test("Long names are cut in the middle, where generated names are alike")
    func shortened() throws {
        let name = "gke-" + String(repeating: "x", count: 150) + "-1a2b"
        let phrase = try IdentityTable(reused).verdict(name, at: "10.0.0.5:10250").explanation(at: noon)
        #expect(phrase.contains("scrape claims gke-"))
        #expect(phrase.contains("..") && phrase.contains("-1a2b, which is no node"))
    }
}
