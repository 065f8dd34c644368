import Addressing
import Discovery
import Identity
import Testing

/// What one update reports, in short: `10.0.0.5:10250 node-a>node-b`, `+node-a@10.0.0.5:10250(node-b)`, `!node-a 10.x`,
/// and of several Ready nodes `*node-a,node-b@10.0.0.5:10250(node-b)`, `~` for a conflict decided anew, `/` for its end.
private func digest(_ changes: IdentityChanges) -> Set<String> {
    var lines: [String] = changes.owners.map { change in
        "\(change.address) \(change.previous?.name ?? "nobody")>\(change.current?.name ?? "nobody")"
    }
    lines += changes.staleIdentitiesStarted.map { "+\($0.name)@\($0.address)(\($0.owner?.name ?? "nobody"))" }
    lines += changes.staleIdentitiesEnded.map { "-\($0.name)@\($0.address)(\($0.owner?.name ?? "nobody"))" }
    lines += changes.malformedAddresses.map { "!\($0.node) \($0.value)" }
    for (sign, conflicts) in [
        ("*", changes.conflictsStarted), ("~", changes.conflictsChanged), ("/", changes.conflictsEnded),
    ] {
        lines += conflicts.map { conflict in
            let names = conflict.claimants.map(\.name).joined(separator: ",")
            return "\(sign)\(names)@\(conflict.address)(\(conflict.ownership.owner?.name ?? "nobody"))"
        }
    }
    #expect(changes.isEmpty == lines.isEmpty)
    return Set(lines)
}

@Suite struct UpdateTests {
    enum Event: Sendable {
        case put(Node)
        case delete(Node)
    }

    struct Step: Sendable {
        let event: Event
        let changes: Set<String>

        init(_ event: Event, _ changes: String...) {
            self.event = event
            self.changes = Set(changes)
        }
    }

    struct Story: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let nodes: [Node]
        let steps: [Step]

        init(_ sentence: String, from nodes: [Node] = [], _ steps: Step...) {
            testDescription = sentence
            self.nodes = nodes
            self.steps = steps
        }
    }

    @Test(
        "Event by event, what changed is reported once",
        arguments: [
            Story(
                "the example of spec 1: NotReady, address reused, deleted", from: [Node("a", at: "10.0.0.5")],
                Step(.put(Node("a", at: "10.0.0.5", ready: .unknown)), "10.0.0.5:10250 a>nobody"),
                Step(.put(Node("b", at: "10.0.0.5", ready: .false))),
                Step(.put(Node("b", at: "10.0.0.5")), "10.0.0.5:10250 nobody>b", "+a@10.0.0.5:10250(b)"),
                Step(.put(Node("a", at: "10.0.0.5", ready: .unknown, readySince: noon))),
                Step(.delete(Node("a")), "-a@10.0.0.5:10250(b)")),
            Story(
                "the grace period: both Ready, the newer one takes over at once", from: [Node("a", at: "10.0.0.5")],
                Step(
                    .put(Node("b", at: "10.0.0.5", created: noon)), "10.0.0.5:10250 a>b", "+a@10.0.0.5:10250(b)",
                    "*a,b@10.0.0.5:10250(b)"),
                Step(.put(Node("a", at: "10.0.0.5", readySince: noon))),
                Step(.put(Node("a", at: "10.0.0.5", ready: .unknown)), "/a,b@10.0.0.5:10250(b)")),
            Story(
                "deleted, then added under another name", from: [Node("a", at: "10.0.0.5")],
                Step(.delete(Node("a", at: "10.0.0.5")), "10.0.0.5:10250 a>nobody"),
                Step(.put(Node("b", at: "10.0.0.5")))),
            Story(
                "the address moves from node to node", from: [Node("a", at: "10.0.0.5"), Node("b", at: "10.0.0.6")],
                Step(.put(Node("a", at: "10.0.0.7")), "10.0.0.5:10250 a>nobody"),
                Step(.put(Node("b", at: "10.0.0.5")), "10.0.0.6:10250 b>nobody")),
            Story(
                "the UID changes under one name", from: [Node("a", at: "10.0.0.5")],
                Step(.put(Node("a", at: "10.0.0.5", uid: "second")), "10.0.0.5:10250 a>a")),
            Story(
                "a machine replaced under one name and UID", from: [Node("a", at: "10.0.0.5", machine: "m1")],
                Step(.put(Node("a", at: "10.0.0.5", machine: "m2")), "10.0.0.5:10250 a>a")),
            Story(
                "a young node learns its machine id", from: [Node("a", at: "10.0.0.5")],
                Step(.put(Node("a", at: "10.0.0.5", machine: "m1")))),
            Story(
                "a heartbeat", from: [Node("a", at: "10.0.0.5")],
                Step(.put(Node("a", at: "10.0.0.5", readySince: noon)))),
            Story(
                "the kubelet's port changes", from: [Node("a", at: "10.0.0.5")],
                Step(.put(Node("a", at: "10.0.0.5", port: 10350)), "10.0.0.5:10250 a>nobody")),
            Story(
                "a late deletion of the earlier node of this name", from: [Node("a", at: "10.0.0.5", uid: "second")],
                Step(.delete(Node("a", at: "10.0.0.5", uid: "first")))),
            Story("a deletion of nobody", Step(.delete(Node("ghost")))),
            Story(
                "a stale node becomes Ready again and newer: the roles swap",
                from: [Node("a", at: "10.0.0.5", ready: .unknown), Node("b", at: "10.0.0.5")],
                Step(
                    .put(Node("a", at: "10.0.0.5", created: noon, uid: "second")), "10.0.0.5:10250 b>a",
                    "-a@10.0.0.5:10250(a)", "+b@10.0.0.5:10250(a)", "*a,b@10.0.0.5:10250(a)")),
            Story(
                "a third node takes over: the first stays stale",
                from: [Node("a", at: "10.0.0.5", ready: .unknown), Node("b", at: "10.0.0.5")],
                Step(
                    .put(Node("c", at: "10.0.0.5", created: noon)), "10.0.0.5:10250 b>c", "+b@10.0.0.5:10250(c)",
                    "*b,c@10.0.0.5:10250(c)"),
                Step(
                    .put(Node("a", at: "10.0.0.5")), "~a,b,c@10.0.0.5:10250(c)"),
                Step(
                    .delete(Node("c")), "10.0.0.5:10250 c>nobody", "-a@10.0.0.5:10250(nobody)",
                    "-b@10.0.0.5:10250(nobody)", "~a,b@10.0.0.5:10250(nobody)")),
            Story(
                "dual stack: each address has its own owner", from: [Node("a", at: "10.0.0.5", "fd00::5")],
                Step(
                    .put(Node("b", at: "10.0.0.5", "fd00::5", created: noon)), "10.0.0.5:10250 a>b",
                    "[fd00::5]:10250 a>b", "+a@10.0.0.5:10250(b)", "+a@[fd00::5]:10250(b)", "*a,b@10.0.0.5:10250(b)",
                    "*a,b@[fd00::5]:10250(b)"),
                Step(
                    .put(Node("b", at: "10.0.0.5", created: noon)), "[fd00::5]:10250 b>a", "-a@[fd00::5]:10250(a)",
                    "/a,b@[fd00::5]:10250(a)")),
            Story(
                "a malformed address is reported when it comes, and the others work",
                Step(.put(Node("a", at: "10.0.0.300", "10.0.0.5")), "!a 10.0.0.300"),
                Step(.put(Node("a", at: "10.0.0.300", "10.0.0.5", readySince: noon))),
                Step(.put(Node("a", at: "10.0.0.300", "010.0.0.5", "10.0.0.5")), "!a 010.0.0.5")),
        ])
    func stories(story: Story) throws {
        var table = IdentityTable(story.nodes)
        for (number, step) in story.steps.enumerated() {
            let changes =
                switch step.event {
                case .put(let node): table.put(node, now: noon)
                case .delete(let node): table.delete(node)
                }
            #expect(digest(changes) == step.changes, "step \(number + 1)")
            try expectSameAsRebuilt(table)
        }
    }

    @Test("A fresh list reports the same as the events that it stands for")
    func freshList() throws {
        let before = IdentityTable([
            Node("a", at: "10.0.0.5"), Node("c", at: "10.0.0.7"), Node("d", at: "10.0.0.8"), Node("e", at: "10.0.0.9"),
        ])
        let nodes = [
            Node("a", at: "10.0.0.5", ready: .unknown), Node("b", at: "10.0.0.5"), Node("d", at: "10.0.0.8"),
            Node("e", at: "10.0.0.9", uid: "second"), Node("f", at: "x", "10.0.0.10"),
        ]
        let after = IdentityTable(nodes, replacing: before, policy: before.policy, now: noon)
        #expect(
            digest(after.changes(since: before)) == [
                "10.0.0.5:10250 a>b", "+a@10.0.0.5:10250(b)", "10.0.0.7:10250 c>nobody", "10.0.0.9:10250 e>e", "!f x",
            ])
        #expect(after.changes(since: after).isEmpty)
    }

    @Test("The first list changes no owner, and reports what is stale in it")
    func firstList() {
        let table = IdentityTable([Node("a", at: "10.0.0.5", ready: .unknown), Node("b", at: "10.0.0.5")])
        let changes = table.changes(since: IdentityTable(policy: IdentityPolicy()))
        #expect(digest(changes) == ["+a@10.0.0.5:10250(b)"])
    }

    @Test("Of a name that stands twice in a list the last counts")
    func repeatedName() throws {
        let table = IdentityTable([Node("a", at: "10.0.0.5"), Node("A", at: "10.0.0.6")])
        #expect(table.summary.nodes.total == 1)
        #expect(try table.verdict(at: "10.0.0.5:10250").reason == .unknownAddress)
        #expect(try table.verdict("a", at: "").reason == .owner)
    }

    @Test("A host name leads to its bearer as nodes come and go")
    func hostNames() throws {
        let alias = [NodeAddress(.hostname, "host")]
        var table = IdentityTable([Node("a", at: "10.0.0.5", hosts: alias), Node("b", at: "10.0.0.6", hosts: alias)])
        #expect(try table.verdict("host", at: "10.0.0.6:10250").reason == .owner)
        _ = table.delete(Node("a"))
        #expect(try table.verdict("host", at: "").owner?.name == "b")
        _ = table.put(Node("b", at: "10.0.0.6"), now: noon)
        #expect(try table.verdict("host", at: "").reason == .unknownNode)
    }

    @Test("First sight survives an event and a fresh list, not another UID")
    func firstSight() throws {
        var table = IdentityTable([Node("a", at: "10.0.0.5", created: nil)])
        _ = table.put(Node("a", at: "10.0.0.5", created: nil, readySince: nil), now: noon + 60)
        let fresh = IdentityTable(
            [Node("a", at: "10.0.0.5", created: nil)], replacing: table, policy: table.policy, now: noon + 120)
        #expect(fresh.node(named: "a")?.firstSeen == noon)
        var reborn = fresh
        _ = reborn.put(Node("a", at: "10.0.0.5", created: nil, uid: "second"), now: noon + 180)
        #expect(reborn.node(named: "a")?.firstSeen == noon + 180)
    }

    /// Events and a complete list must lead to one table.
    private func expectSameAsRebuilt(_ table: IdentityTable) throws {
        let rebuilt = IdentityTable(table.nodes.map(\.node))
        #expect(table.summary == rebuilt.summary)
        for node in table.nodes {
            for ip in node.addresses {
                let address = SocketAddress(ip, port: node.kubeletPort)
                #expect(table.claimants(of: address).map(\.name) == rebuilt.claimants(of: address).map(\.name))
                #expect(table.ownership(of: address).owner?.name == rebuilt.ownership(of: address).owner?.name)
            }
        }
    }
}
