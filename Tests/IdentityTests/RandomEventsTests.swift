import Addressing
import Discovery
import Identity
import Testing

/// Always the same numbers from one seed (SplitMix64), so that a failure can be repeated.
private struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var value = state
        value = (value ^ value >> 30) &* 0xbf58_476d_1ce4_e5b9
        value = (value ^ value >> 27) &* 0x94d0_49bb_1331_11eb
        return value ^ value >> 31
    }
}

@Suite struct RandomEventsTests {
    @Test("Whatever the events, the table equals one built from the nodes that are left", arguments: 1...20)
    func events(seed: UInt64) throws {
        var generator = SeededGenerator(state: seed)
        var table = IdentityTable([])
        var nodes: [String: Node] = [:]
        var owners: [SocketAddress: String] = [:]
        for _ in 0..<200 {
            let name = "n\(UInt8.random(in: 0..<8, using: &generator))"
            let changes: IdentityChanges
            if let node = nodes[name], Bool.random(using: &generator) {
                nodes[name] = nil
                changes = table.delete(node)
            } else {
                let node = randomNode(name, &generator)
                nodes[name] = node
                changes = table.put(node, now: noon)
            }
            let rebuilt = IdentityTable(Array(nodes.values))
            #expect(table.summary == rebuilt.summary)
            // Whoever follows the reported changes knows every owner of an address that had claimants before.
            for change in changes.owners {
                #expect(owners[change.address] == change.previous?.name)
                owners[change.address] = change.current?.name
            }
            for third in 1...4 {
                for port: UInt16 in [10250, 10350] {
                    let address = SocketAddress(IPAddress(v4: 0x0a00_0000 + UInt32(third)), port: port)
                    let owner = table.ownership(of: address).owner?.name
                    #expect(owner == rebuilt.ownership(of: address).owner?.name)
                    #expect(table.claimants(of: address).map(\.name) == rebuilt.claimants(of: address).map(\.name))
                    owners[address] = owner
                }
            }
        }
    }

    private func randomNode(_ name: String, _ generator: inout SeededGenerator) -> Node {
        let addresses = (0..<Int.random(in: 0...2, using: &generator)).map { _ in
            NodeAddress(.internalIP, "10.0.0.\(UInt8.random(in: 1...4, using: &generator))")
        }
        let statuses: [ReadyCondition.Status] = [.true, .true, .false, .unknown, .missing]
        return Node(
            name: name, uid: "\(UInt8.random(in: 0...1, using: &generator))",
            addresses: addresses + [NodeAddress(.hostname, "host")],
            kubeletPort: Bool.random(using: &generator) ? 10250 : 10350,
            ready: ReadyCondition(statuses.randomElement(using: &generator) ?? .true),
            createdAt: Int64.random(in: 0...3, using: &generator),
            deletedAt: Int.random(in: 0...9, using: &generator) == 0 ? noon : nil)
    }
}
