import Identity
import Instrumentation
import Logging

/// One line for each thing that begins or ends in the table (spec 12.3), whether an event or evidence brought it.
struct IdentityChangeLog: Sendable {
    let metrics: ProxyMetrics
    let log: Logger

    func note(_ changes: IdentityChanges) {
        for change in changes.staleIdentitiesStarted {
            log.warning("Stale node identity began", metadata: metadata(of: change))
        }
        for change in changes.staleIdentitiesEnded {
            log.notice("Stale node identity ended", metadata: metadata(of: change))
        }
        logConflicts(of: changes)
        for contradiction in changes.contradictionsStarted {
            log.warning("Contradicting evidence began", metadata: metadata(of: contradiction))
        }
        for contradiction in changes.contradictionsEnded {
            log.notice("Contradicting evidence ended", metadata: metadata(of: contradiction))
        }
        for malformed in changes.malformedAddresses {
            metrics.malformedAddresses.increment()
            log.warning(
                "A node lists a malformed address; its other addresses still count",
                metadata: ["node": "\(malformed.node)", "address": "\(malformed.value)"])
        }
    }

    private func metadata(of change: IdentityChanges.StaleIdentity) -> Logger.Metadata {
        ["node": "\(change.name)", "address": "\(change.address)", "owner": "\(change.owner?.name ?? "none")"]
    }

    private func metadata(of contradiction: IdentityChanges.Contradiction) -> Logger.Metadata {
        let refutation = contradiction.refutation
        var metadata: Logger.Metadata = [
            "address": "\(contradiction.address)", "owner": "\(refutation.owner)",
            "evidence": "\(refutation.kind.rawValue)",
        ]
        if let shown = refutation.shown { metadata["shown"] = "\(shown)" }
        return metadata
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
