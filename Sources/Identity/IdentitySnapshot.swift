package import Addressing

/// The table spread out for the admin API and the `nodes` command (spec 12.1, 13). Costs time and memory in proportion
/// to the table: for people, not for scrapes.
package struct IdentitySnapshot: Sendable {
    /// What an address is to a node that claims it.
    package enum Standing: Sendable {
        case owned
        /// It is the other node's: a scrape that names the claimant is dropped.
        case stale(owner: KnownNode)
        case contested
        case unowned
    }

    package struct NodeEntry: Sendable {
        package let node: KnownNode
        /// Each usable address with the kubelet's port, InternalIPs first.
        package let addresses: [(address: SocketAddress, standing: Standing)]
    }

    package struct Conflict: Sendable {
        package let address: SocketAddress
        package let claimants: [KnownNode]
        package let ownership: Ownership
    }

    /// By name.
    package let nodes: [NodeEntry]
    /// Keys with more than one claimant, by address.
    package let conflicts: [Conflict]

    package init(of table: IdentityTable) {
        nodes = table.nodes.sorted { $0.name < $1.name }.map { node in
            NodeEntry(
                node: node,
                addresses: node.kubeletAddresses.map { ($0, Standing(of: node, in: table.ownership(of: $0))) })
        }
        let disputed = Set(table.nodes.lazy.flatMap { Array($0.kubeletAddresses) }.filter(table.isConflict))
        conflicts = disputed.sorted().map { address in
            Conflict(
                address: address, claimants: table.claimants(of: address), ownership: table.ownership(of: address))
        }
    }
}

extension IdentitySnapshot.Standing {
    fileprivate init(of node: KnownNode, in ownership: Ownership) {
        self =
            switch ownership {
            case .owned(let owner, _): owner === node ? .owned : .stale(owner: owner)
            case .contested: .contested
            case .nobody: .unowned
            }
    }
}
