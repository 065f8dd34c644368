/// Why a scrape is forwarded or dropped, as spec 5 and 10 spell it.
package enum VerdictReason: String, Sendable, CaseIterable {
    case owner
    case notSynced = "not_synced"
    case staleTable = "stale_table"
    case unknownNode = "unknown_node"
    case noAddress = "no_address"
    case unknownAddress = "unknown_address"
    case portNotAllowed = "port_not_allowed"
    case contested
    case noReadyNode = "no_ready_node"
    case noClaim = "no_claim"
    case staleIdentity = "stale_identity"
    case moved
    case wrongEvidence = "wrong_evidence"
    case unproven
    case ownerAlreadyScraped = "owner_already_scraped"
}
