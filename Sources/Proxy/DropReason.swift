import Identity

/// Every reason for which the proxy answers itself, as spec 5 and 10 spell them.
enum DropReason: String, Sendable, CaseIterable {
    case malformedRequest = "malformed_request"
    case contradictoryClaims = "contradictory_claims"
    case unauthenticated
    case forbidden
    case pathNotAllowed = "path_not_allowed"
    case methodNotAllowed = "method_not_allowed"
    case portNotAllowed = "port_not_allowed"
    case notFound = "not_found"
    case notSynced = "not_synced"
    case staleTable = "stale_table"
    case unknownNode = "unknown_node"
    case noAddress = "no_address"
    case unknownAddress = "unknown_address"
    case contested
    case noReadyNode = "no_ready_node"
    case noClaim = "no_claim"
    case staleIdentity = "stale_identity"
    case moved
    case wrongEvidence = "wrong_evidence"
    case unproven
    case ownerAlreadyScraped = "owner_already_scraped"
    case limit
    case kubeletUnreachable = "kubelet_unreachable"
    case kubeletBroken = "kubelet_broken"
    case kubeletTimeout = "kubelet_timeout"
    case shuttingDown = "shutting_down"
    /// The scraper went away: nobody is left to answer. Seen in metrics only.
    case downstreamGone = "downstream_gone"

    /// Nil for `owner`, which is no reason to drop.
    init?(_ reason: VerdictReason) {
        if reason == .owner { return nil }
        self.init(rawValue: reason.rawValue)
    }

    /// The status of section 10. Those of malformed requests depend on what is wrong with them.
    var status: Int {
        switch self {
        case .malformedRequest, .contradictoryClaims: 400
        case .unauthenticated: 401
        case .forbidden, .pathNotAllowed, .methodNotAllowed, .portNotAllowed: 403
        case .notFound: 404
        case .staleIdentity, .moved, .unknownNode, .noClaim, .wrongEvidence, .unproven, .ownerAlreadyScraped: 421
        case .limit: 429
        case .kubeletUnreachable, .kubeletBroken: 502
        case .noReadyNode, .noAddress, .contested, .notSynced, .staleTable, .unknownAddress, .shuttingDown: 503
        case .kubeletTimeout, .downstreamGone: 504
        }
    }
}
