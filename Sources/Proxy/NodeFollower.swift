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
        for change in changes.staleIdentitiesStarted {
            log.warning(
                "Stale node identity began",
                metadata: [
                    "node": "\(change.name)", "address": "\(change.address)",
                    "owner": "\(change.owner?.name ?? "none")",
                ])
        }
        for change in changes.staleIdentitiesEnded {
            log.notice(
                "Stale node identity ended",
                metadata: [
                    "node": "\(change.name)", "address": "\(change.address)",
                    "owner": "\(change.owner?.name ?? "none")",
                ])
        }
        logConflicts(of: changes)
        for malformed in changes.malformedAddresses {
            metrics.malformedAddresses.increment()
            log.warning(
                "A node lists a malformed address; its other addresses still count",
                metadata: ["node": "\(malformed.node)", "address": "\(malformed.value)"])
        }
    }

    private func logConflicts(of changes: IdentityChanges) {
        for conflict in changes.conflictsStarted {
            log.warning("Address conflict began: several Ready nodes list it", metadata: metadata(of: conflict))
        }
        for conflict in changes.conflictsChanged {
            log.notice("Address conflict is decided anew", metadata: metadata(of: conflict))
        }
        for conflict in changes.conflictsEnded {
            log.notice("Address conflict ended", metadata: metadata(of: conflict))
        }
    }

    private func metadata(of conflict: IdentityChanges.Conflict) -> Logger.Metadata {
        let names = conflict.claimants.prefix(Self.mostNames).map(\.name).joined(separator: ", ")
        let more = conflict.claimants.count - Self.mostNames
        return [
            "address": "\(conflict.address)", "claimants": "\(more > 0 ? "\(names) and \(more) more" : names)",
            "owner": "\(conflict.ownership.ground)",
        ]
    }

    private static let mostNames = 8
}
