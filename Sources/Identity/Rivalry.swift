import Discovery

/// Several Ready nodes at one key: during the grace period a dead node and the one that has its address (spec 4.4, rule 2).
final class Rivalry: Sendable {
    /// By name. Nil where they are so many that an address is shared rather than taken over: no lease is read then.
    let names: [String]?
    /// What was read of their leases, all at one time. Empty: nothing yet.
    let leases: [NodeLease]

    private static let mostWithLeases = 8

    /// Nil: at most one of them is Ready.
    init?(among claimants: OneOrMore<KnownNode>, leases: [[String]: [NodeLease]]) {
        guard claimants.count > 1 else { return nil }
        var names: [String] = []
        for claimant in claimants where claimant.isReady {
            names.append(claimant.name)
            guard names.count <= Self.mostWithLeases else {
                self.names = nil
                self.leases = []
                return
            }
        }
        guard names.count > 1 else { return nil }
        self.names = names
        self.leases = leases.isEmpty ? [] : leases[names] ?? []
    }

    /// Of one of them; nil: not read yet, or it has none.
    func lease(of node: KnownNode) -> NodeLease? { leases.first { $0.node == node.name } }
}
