package import Addressing

/// A kubelet that may be scraped: a node and the first of its addresses that belongs to it now, InternalIPs before
/// ExternalIPs.
package struct OwnedKubelet: Sendable {
    package let node: KnownNode
    package let ip: IPAddress
}

extension IdentityTable {
    /// All that have an owner, by name.
    fileprivate var ownedKubelets: [OwnedKubelet] {
        nodes.lazy.compactMap { node in
            node.addresses.first { ownership(of: SocketAddress($0, port: node.kubeletPort)).owner === node }
                .map { OwnedKubelet(node: node, ip: $0) }
        }.sorted { $0.node.name < $1.node.name }
    }
}

extension IdentityStore {
    /// What service discovery lists; the verdict that no scrape could be judged by now, where that is so (spec 4.5, 4.6).
    package func ownedKubelets() -> Result<[OwnedKubelet], UnusableTable> {
        let verdict = verdict(for: .none, at: .ownAddress(port: nil))
        switch verdict.reason {
        case .notSynced, .staleTable: return .failure(UnusableTable(verdict: verdict))
        default: return .success(table.ownedKubelets)
        }
    }
}

/// There is no table yet, or it is too old.
package struct UnusableTable: Error {
    package let verdict: IdentityVerdict
}
