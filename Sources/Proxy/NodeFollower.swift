import Addressing
import Discovery
import Identity
import Instrumentation
import Logging

/// Takes what the node source tells into the table, and tells who must know of it.
struct NodeFollower: Sendable {
    let identities: IdentityStore
    let metrics: ProxyMetrics
    let log: Logger
    /// Called with the IPs whose kubelet is another machine now.
    let ownerChanged: @Sendable (Set<IPAddress>) -> Void
    /// Called with the addresses where several nodes are Ready now.
    let inquiriesDue: @Sendable ([SocketAddress]) -> Void
    /// Nil: the source of nodes has none.
    var leases: KubernetesLeaseSource?

    func take(_ update: NodeUpdate) {
        defer { leases?.follow(identities.rivals) }
        switch update {
        case .snapshot(let nodes):
            let wasSynced = identities.isSynced
            act(on: identities.replace(with: nodes))
            if !wasSynced { log.notice("Nodes synced", metadata: ["nodes": "\(nodes.count)"]) }
        case .change(.added(let node)): act(on: identities.added(node))
        case .change(.modified(let node)): act(on: identities.modified(node))
        case .change(.deleted(let node)): act(on: identities.deleted(node))
        case .live: identities.markLive()
        case .disconnected(let reason):
            metrics.nodeSourceErrors.increment()
            identities.markDisconnected()
            log.debug("The node source is disconnected", metadata: ["reason": "\(reason)"])
        }
    }

    func take(_ reading: LeaseReading) { act(on: identities.renewed(reading.leases, of: reading.rivals)) }

    private func act(on changes: IdentityChanges) {
        guard !changes.isEmpty else { return }
        if !changes.owners.isEmpty { ownerChanged(Set(changes.owners.map(\.address.ip))) }
        if !changes.inquiriesDue.isEmpty { inquiriesDue(changes.inquiriesDue) }
        IdentityChangeLog(metrics: metrics, log: log).note(changes)
    }
}
