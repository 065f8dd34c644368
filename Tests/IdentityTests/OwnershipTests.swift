import Addressing
import Discovery
import Identity
import Testing

@Suite struct OwnershipTests {
    /// Who owns 10.0.0.5:10250, or why nobody does.
    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let nodes: [Node]
        let expected: String
        let policy: IdentityPolicy

        init(_ sentence: String, _ expected: String, _ nodes: Node..., notReady: IdentityPolicy.NotReady = .drop) {
            testDescription = sentence
            self.nodes = nodes
            self.expected = expected
            policy = IdentityPolicy(notReady: notReady)
        }
    }

    @Test(
        "The owner of a key (spec 4.4)",
        arguments: [
            Case("one Ready node", "a", Node("a", at: "10.0.0.5")),
            Case(
                "the Ready one of two, whatever the ages", "a", Node("a", at: "10.0.0.5"),
                Node("b", at: "10.0.0.5", ready: .unknown, created: noon)),
            Case(
                "the Ready one beside False, Unknown and missing", "d", Node("a", at: "10.0.0.5", ready: .false),
                Node("b", at: "10.0.0.5", ready: .unknown), Node("c", at: "10.0.0.5", ready: .missing),
                Node("d", at: "10.0.0.5")),
            Case(
                "not one that is being deleted", "b", Node("a", at: "10.0.0.5", created: noon, deleted: true),
                Node("b", at: "10.0.0.5")),
            Case("a lone Ready node that is being deleted", "nobody", Node("a", at: "10.0.0.5", deleted: true)),
            Case(
                "the newest of two Ready nodes", "b", Node("a", at: "10.0.0.5"),
                Node("b", at: "10.0.0.5", created: noon - 60)),
            Case(
                "the newest of three, first in the list", "c", Node("c", at: "10.0.0.5", created: noon),
                Node("a", at: "10.0.0.5"), Node("b", at: "10.0.0.5")),
            Case(
                "two newest of three", "contested", Node("a", at: "10.0.0.5", created: noon - 9999),
                Node("b", at: "10.0.0.5"), Node("c", at: "10.0.0.5")),
            Case(
                "a newer one settles two that are equal", "c", Node("a", at: "10.0.0.5"), Node("b", at: "10.0.0.5"),
                Node("c", at: "10.0.0.5", created: noon)),
            Case("equal ages", "contested", Node("a", at: "10.0.0.5"), Node("b", at: "10.0.0.5")),
            Case(
                "no ages at all", "contested", Node("a", at: "10.0.0.5", created: nil),
                Node("b", at: "10.0.0.5", created: nil)),
            Case("no age counts as oldest", "b", Node("a", at: "10.0.0.5", created: nil), Node("b", at: "10.0.0.5")),
            Case("no Ready condition", "nobody", Node("a", at: "10.0.0.5", ready: .missing)),
            Case("not_ready: drop", "nobody", Node("a", at: "10.0.0.5", ready: .false)),
            Case("sole: Ready False", "a", Node("a", at: "10.0.0.5", ready: .false), notReady: .sole),
            Case(
                "sole: Unknown, its kubelet is silent", "nobody", Node("a", at: "10.0.0.5", ready: .unknown),
                notReady: .sole),
            Case("sole: no Ready condition", "nobody", Node("a", at: "10.0.0.5", ready: .missing), notReady: .sole),
            Case(
                "sole: two claimants", "nobody", Node("a", at: "10.0.0.5", ready: .false),
                Node("b", at: "10.0.0.5", ready: .unknown), notReady: .sole),
            Case(
                "sole: a Ready claimant goes first", "b", Node("a", at: "10.0.0.5", ready: .false),
                Node("b", at: "10.0.0.5"), notReady: .sole),
            Case(
                "sole: one at another kubelet port does not count", "a", Node("a", at: "10.0.0.5", ready: .false),
                Node("b", at: "10.0.0.5", port: 10350), notReady: .sole),
            Case(
                "an address listed twice makes one claimant", "a",
                Node("a", at: "10.0.0.5", "::ffff:10.0.0.5", external: ["10.0.0.5"]), Node("b", at: "10.0.0.6")),
        ])
    func owner(row: Case) throws {
        let key = try #require(SocketAddress("10.0.0.5:10250"))
        let ownership = IdentityTable(row.nodes, policy: row.policy).ownership(of: key)
        let result =
            switch ownership {
            case .owned(let node, _): node.name
            case .contested: "contested"
            case .nobody: "nobody"
            }
        #expect(result == row.expected)
        // Whatever the order of the list.
        let reversed = IdentityTable(row.nodes.reversed(), policy: row.policy).ownership(of: key)
        #expect(reversed.owner?.name == ownership.owner?.name)
    }
}
