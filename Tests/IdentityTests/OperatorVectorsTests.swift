import Addressing
import Discovery
import Foundation
import Identity
import Testing

/// `operator_node_cases.json`: what Prometheus Operator makes of node lists. It keeps the address of a NotReady node for
/// as long as nobody else has it; here such a scrape is dropped as `no_ready_node`. Compared is whose an address is.
private struct OperatorCases: Decodable {
    struct NodesCase: Decodable {
        var name: String
        var priority: String
        var nodes: [VectorNode]
        var expectedAddresses: [String]
        var expectedNodeNames: [String]
        var expectedErrors: Int
    }

    struct AddressesCase: Decodable {
        var name: String
        var priority: String
        var addresses: [VectorNode.Address]
        var expectedAddresses: [String]
    }

    var getNodeAddressesCases: [NodesCase]
    var nodeAddressesCases: [AddressesCase]

    static let file = "operator_node_cases.json"

    static func load() throws -> OperatorCases {
        let decoder = VectorNode.decoder
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode(OperatorCases.self, from: Vectors.read(file))
    }
}

@Suite(.enabled(if: Vectors.has(OperatorCases.file)))
struct OperatorVectorsTests {
    @Test("Every address that the operator keeps leads to the node that it names")
    func nodes() throws {
        for row in try OperatorCases.load().getNodeAddressesCases {
            let table = IdentityTable(row.nodes.map(\.node))
            let nodes = Dictionary(uniqueKeysWithValues: row.nodes.map { ($0.node.name, $0.node) })
            for (address, name) in zip(row.expectedAddresses, row.expectedNodeNames) {
                let verdict = try table.verdict(name, at: "\(try #require(IPAddress(address)).bracketed):10250")
                let isReady = nodes[name]?.ready.status == .true
                #expect(verdict.reason == (isReady ? .owner : .noReadyNode), "\(row.name): \(address)")
                #expect(verdict.claimed?.name == name, "\(row.name): \(address)")
            }
            // The operator counts a node without an address as an error.
            let withoutAddress = try nodes.keys.filter { try table.verdict($0, at: "").reason == .noAddress }
            #expect(withoutAddress.count == row.expectedErrors, "\(row.name)")
        }
    }

    @Test("A NotReady node whose address is another's is stale, as it is to the operator")
    func duplicate() throws {
        let cases = try OperatorCases.load().getNodeAddressesCases
        let row = try #require(cases.first { $0.name == "not ready node duplicate ip" })
        let table = IdentityTable(row.nodes.map(\.node))
        #expect(table.summary.staleIdentities == 1)
        #expect(try table.verdict("node-1", at: "10.0.0.1:10250").reason == .staleIdentity)
    }

    @Test("A node's own address is the first that the operator takes where InternalIPs go first")
    func addressPriority() throws {
        for row in try OperatorCases.load().nodeAddressesCases where row.priority == "internal" {
            let addresses = row.addresses.map { NodeAddress(NodeAddress.Kind($0.type), $0.address) }
            let verdict = try IdentityTable([Node(name: "a", addresses: addresses)]).verdict("a", at: "")
            #expect(verdict.address?.ip == row.expectedAddresses.first.flatMap { IPAddress($0) }, "\(row.name)")
        }
    }
}

extension IPAddress {
    fileprivate var bracketed: String { isV4 ? "\(self)" : "[\(self)]" }
}
