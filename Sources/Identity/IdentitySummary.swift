import Discovery

/// The table in numbers (spec 12.2). Kept up with every event, so that reading them costs nothing.
package struct IdentitySummary: Sendable, Equatable {
    /// Nodes by the status of their Ready condition.
    package struct NodeCounts: Sendable, Equatable {
        package fileprivate(set) var ready = 0
        package fileprivate(set) var notReady = 0
        package fileprivate(set) var unknown = 0
        /// Without a Ready condition.
        package fileprivate(set) var missing = 0

        package var total: Int { ready + notReady + unknown + missing }
    }

    package private(set) var nodes = NodeCounts()
    /// Keys with more than one claimant.
    package private(set) var addressConflicts = 0
    /// Claimants of a key that another node owns; a node that lost two addresses counts twice.
    package private(set) var staleIdentities = 0
    /// InternalIPs and ExternalIPs that are no IP addresses.
    package private(set) var malformedAddresses = 0

    mutating func add(_ node: Node) { count(node, 1) }
    mutating func remove(_ node: Node) { count(node, -1) }
    mutating func add(_ key: KeyClaims) { count(key, 1) }
    mutating func remove(_ key: KeyClaims) { count(key, -1) }

    private mutating func count(_ node: Node, _ step: Int) {
        switch node.ready.status {
        case .true: nodes.ready += step
        case .false: nodes.notReady += step
        case .unknown: nodes.unknown += step
        case .missing: nodes.missing += step
        }
        for _ in node.malformedAddresses { malformedAddresses += step }
    }

    private mutating func count(_ key: KeyClaims, _ step: Int) {
        if key.claimants.count > 1 { addressConflicts += step }
        staleIdentities += step * key.staleIdentityCount
    }
}
