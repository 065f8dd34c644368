import Addressing
import Discovery
import Identity
import Testing

@Suite struct SnapshotTests {
    private let nodes = [
        Node("node-b", at: "10.0.0.5"), Node("node-a", at: "10.0.0.5", "fd00::a", ready: .unknown),
        Node("twin-1", at: "10.0.0.2"), Node("twin-2", at: "10.0.0.2"), Node("bare"),
        Node("hollow", at: "10.0.0.5", port: 10350), Node("bad", at: "10.0.0.300", ready: .missing),
    ]

    @Test("The numbers for metrics (spec 12.2)")
    func summary() {
        let summary = IdentityTable(nodes).summary
        #expect(summary.nodes.ready == 5)
        #expect(summary.nodes.unknown == 1)
        #expect(summary.nodes.missing == 1)
        #expect(summary.nodes.notReady == 0)
        #expect(summary.addressConflicts == 2)
        #expect(summary.staleIdentities == 1)
        #expect(summary.malformedAddresses == 1)
    }

    @Test("Nodes by name, each address with what it is to the node")
    func entries() {
        let snapshot = IdentitySnapshot(of: IdentityTable(nodes))
        let lines = snapshot.nodes.map { entry in
            entry.node.name
                + entry.addresses.map { address, standing in
                    switch standing {
                    case .owned: " \(address)=owned"
                    case .stale(let owner): " \(address)=stale(\(owner.name))"
                    case .contested: " \(address)=contested"
                    case .unowned: " \(address)=unowned"
                    }
                }.joined()
        }
        #expect(
            lines == [
                "bad", "bare", "hollow 10.0.0.5:10350=owned",
                "node-a 10.0.0.5:10250=stale(node-b) [fd00::a]:10250=unowned", "node-b 10.0.0.5:10250=owned",
                "twin-1 10.0.0.2:10250=contested", "twin-2 10.0.0.2:10250=contested",
            ])
    }

    @Test("Conflicts by address, each once")
    func conflicts() {
        let conflicts = IdentitySnapshot(of: IdentityTable(nodes)).conflicts
        #expect(conflicts.map(\.address.description) == ["10.0.0.2:10250", "10.0.0.5:10250"])
        #expect(conflicts.map { $0.claimants.map(\.name) } == [["twin-1", "twin-2"], ["node-a", "node-b"]])
        #expect(conflicts.map { $0.ownership.owner?.name } == [nil, "node-b"])
    }
}

@Suite struct TraceTests {
    private func trace(_ nodes: [Node], _ claim: NodeClaim, at target: String) throws -> [Substring] {
        let store = IdentityStore(policy: IdentityPolicy(ports: .init(others: [10255])))
        _ = store.replace(with: nodes)
        return store.explain(claim, at: try destination(target)).text(at: noon).split(separator: "\n")
    }

    @Test("A trace says who claims the address, and which rule decided")
    func stale() throws {
        let nodes = [
            Node("node-a", at: "10.0.0.5", ready: .unknown, created: noon - 7200), Node("node-b", at: "10.0.0.5"),
        ]
        #expect(
            try trace(nodes, NodeClaim(node: "node-a"), at: "10.0.0.5:10250") == [
                "drop; reason=stale_identity",
                "Stale node identity: 10.0.0.5:10250 is node-b since 11:31:00Z, scrape claims node-a",
                "claim: node-a", "address: 10.0.0.5:10250, a kubelet's own port",
                "claimant: node-a, Ready=Unknown since 10:31:00Z, created 10:30:00Z",
                "claimant: node-b, Ready=True since 11:31:00Z, created 11:30:00Z",
                "owner: node-b, because it is the only Ready claimant",
            ])
    }

    @Test("What there is not is said")
    func others() throws {
        let twins = [Node("a", at: "10.0.0.5"), Node("b", at: "10.0.0.5", hosts: [NodeAddress(.hostname, "h")])]
        #expect(
            try trace(twins, .none, at: "10.0.0.5:10255").suffix(5).joined(separator: "; ")
                == "address: 10.0.0.5:10255, no kubelet's own port; claimant: a, Ready=True since 11:31:00Z, created "
                + "11:30:00Z; claimant: b, Ready=True since 11:31:00Z, created 11:30:00Z; owner: none, because several "
                + "claimants are Ready and equally new; evidence: several claimants are Ready, the kubelet was not asked yet"
        )
        #expect(try trace(twins, NodeClaim(node: "h"), at: "")[2] == "claim: h, an address of b")
        #expect(
            try trace(twins, NodeClaim(node: "ghost", uid: "u"), at: "")[2...] == [
                "claim: ghost UID u, no known node", "address: none",
            ])
        #expect(try trace([], .none, at: "10.0.0.5:10250")[2...] == ["claim: none", "address: 10.0.0.5:10250"])
    }
}
