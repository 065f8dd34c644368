import Discovery

/// Whom a key belongs to now (spec 4.4).
package enum Ownership: Sendable {
    case owned(KnownNode, by: OwnershipRule)
    /// More than one Ready claimant, and nothing tells them apart.
    case contested
    case nobody

    package var owner: KnownNode? {
        if case .owned(let node, _) = self { node } else { nil }
    }
}

/// Which rule of spec 4.4 made a claimant the owner.
package enum OwnershipRule: String, Sendable {
    case onlyReady = "it is the only Ready claimant"
    case newest = "of the Ready claimants it was created last"
    case soleNotReady = "it is the only claimant, its kubelet still reports (not_ready: sole)"
}

extension Ownership {
    init(of claimants: OneOrMore<KnownNode>, notReady: IdentityPolicy.NotReady) {
        var readyCount = 0
        var ready: KnownNode?
        for claimant in claimants where claimant.isReady {
            readyCount += 1
            ready = claimant
        }
        switch (readyCount, ready) {
        case (1, let only?):
            self = .owned(only, by: .onlyReady)
        case (2..., _):
            self = Self.tieBreak(among: claimants)
        case (_, _):
            let sole = claimants.count == 1 && claimants[0].node.ready.status == .false && notReady == .sole
            self = sole ? .owned(claimants[0], by: .soleNotReady) : .nobody
        }
    }

    /// Rule 2: more than one is Ready. What the machine itself shows, and leases, come before the age once they are
    /// known here. A node that does not say when it was created counts as the oldest.
    private static func tieBreak(among claimants: OneOrMore<KnownNode>) -> Ownership {
        var newest: KnownNode?
        var equallyNew = false
        for claimant in claimants where claimant.isReady {
            guard let rival = newest else {
                newest = claimant
                continue
            }
            let age = claimant.node.createdAt ?? .min
            let rivalAge = rival.node.createdAt ?? .min
            if age > rivalAge {
                newest = claimant
                equallyNew = false
            } else if age == rivalAge {
                equallyNew = true
            }
        }
        guard let newest, !equallyNew else { return .contested }
        return .owned(newest, by: .newest)
    }
}
