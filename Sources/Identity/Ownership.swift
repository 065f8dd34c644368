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

    /// Why, for a log line or a person.
    package var ground: String {
        switch self {
        case .owned(let owner, let rule): "\(owner.name), because \(rule.rawValue)"
        case .contested: "none, because several claimants are Ready and equally new"
        case .nobody: "none, because no claimant is Ready"
        }
    }
}

/// Which rule of spec 4.4 made a claimant the owner.
package enum OwnershipRule: String, Sendable {
    case onlyReady = "it is the only Ready claimant"
    case certificate = "of the Ready claimants its kubelet answers, as the verified certificate shows"
    case fingerprint = "of the Ready claimants its kubelet answers, as a certificate shows that it proved before"
    case nodeName = "of the Ready claimants its kubelet answers, as kubelet_node_name shows"
    case machine = "of the Ready claimants its kubelet answers, as the machine's ids show"
    case hostName = "of the Ready claimants its kubelet answers, as the certificate's host name suggests"
    case lease = "of the Ready claimants its Lease was renewed last, and the others' are overdue"
    case newest = "of the Ready claimants it was created last"
    case soleNotReady = "it is the only claimant, its kubelet still reports (not_ready: sole)"
}

extension OwnershipRule {
    /// Whether the kubelet itself showed it.
    var isEvidence: Bool {
        switch self {
        case .certificate, .fingerprint, .nodeName, .machine, .hostName: true
        case .onlyReady, .lease, .newest, .soleNotReady: false
        }
    }

    init(_ kind: Evidence.Kind) {
        self =
            switch kind {
            case .certificate: .certificate
            case .fingerprint: .fingerprint
            case .nodeName: .nodeName
            case .machine: .machine
            case .hostName: .hostName
            }
    }
}

extension Ownership {
    /// - Parameters:
    ///   - learned: what evidence told of exactly these claimants.
    ///   - leases: of the Ready claimants, read together; empty where nothing is known of them.
    init(
        of claimants: OneOrMore<KnownNode>, notReady: IdentityPolicy.NotReady, learned: LearnedEvidence? = nil,
        leases: [NodeLease] = []
    ) {
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
            // Rule 2, from the strongest to the weakest.
            self =
                Self.byEvidence(learned, among: claimants) ?? Self.byLease(leases, among: claimants)
                ?? Self.byAge(among: claimants)
        case (_, _):
            let sole = claimants.count == 1 && claimants[0].node.ready.status == .false && notReady == .sole
            self = sole ? .owned(claimants[0], by: .soleNotReady) : .nobody
        }
    }

    /// What the kubelet itself showed (spec 6.4).
    private static func byEvidence(_ learned: LearnedEvidence?, among claimants: OneOrMore<KnownNode>) -> Ownership? {
        guard case .answerer(let name, let kind) = learned?.lesson,
            let node = claimants.first(where: { $0.name == name })
        else { return nil }
        return .owned(node, by: OwnershipRule(kind))
    }

    /// The claimant whose Lease was renewed last, if all others' are overdue by then. One that has no Lease leaves all
    /// undecided: a young node's kubelet registers before it makes one.
    private static func byLease(_ leases: [NodeLease], among claimants: OneOrMore<KnownNode>) -> Ownership? {
        guard let latest = leases.max(by: { $0.renewedAt < $1.renewedAt }) else { return nil }
        var owner: KnownNode?
        for claimant in claimants where claimant.isReady {
            guard let lease = leases.first(where: { $0.node == claimant.name }) else { return nil }
            if lease == latest {
                owner = claimant
            } else if latest.renewedAt - lease.renewedAt < max(lease.duration, latest.duration) {
                return nil
            }
        }
        return owner.map { .owned($0, by: .lease) }
    }

    /// A node that does not say when it was created counts as the oldest.
    private static func byAge(among claimants: OneOrMore<KnownNode>) -> Ownership {
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
