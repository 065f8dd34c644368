import Discovery

/// The claimants of one key (spec 4.3), nodes that list the IP and report the kubelet port, and whom it belongs to. A
/// reference that is never changed, so that a verdict hands it on without a copy; an event puts another in its place.
final class KeyClaims: Sendable {
    let kubeletPort: UInt16
    /// By name.
    let claimants: OneOrMore<KnownNode>
    let ownership: Ownership
    /// Who is at odds: nil unless more than one claimant is Ready.
    let rivalry: Rivalry?
    /// Nil where evidence told nothing that holds for these claimants.
    let learned: LearnedEvidence?
    let demand: EvidenceDemand

    /// - Parameters:
    ///   - leases: what was read of leases, by the names of those whose leases were read together.
    ///   - learned: what evidence told of the key; it need not hold any more.
    init(
        _ claimants: OneOrMore<KnownNode>, policy: IdentityPolicy, leases: [[String]: [NodeLease]] = [:],
        learned: LearnedEvidence? = nil
    ) {
        kubeletPort = claimants[0].kubeletPort
        self.claimants = claimants
        rivalry = Rivalry(among: claimants, leases: leases)
        let learned = learned?.holds(for: claimants) == true ? learned : nil
        self.learned = learned
        ownership = Ownership(
            of: claimants, notReady: policy.notReady, learned: learned, leases: rivalry?.leases ?? [])
        demand =
            switch learned?.lesson {
            case _ where !policy.checksEvidence: .none
            case .refuted: .proof
            case .answerer, .undecided: .none
            case nil: rivalry == nil ? .none : .inquiry
            }
    }

    var readyClaimants: [KnownNode] { claimants.filter(\.isReady) }

    var readyCount: Int { claimants.lazy.filter(\.isReady).count }

    /// The claimants whose address another node owns.
    var staleIdentities: [KnownNode] {
        guard claimants.count > 1, let owner = ownership.owner else { return [] }
        return claimants.filter { $0 !== owner }
    }

    /// How many there are, without a list of them.
    var staleIdentityCount: Int { ownership.owner == nil ? 0 : claimants.count - 1 }
}

/// All nodes that list one IP, by their kubelet's port.
struct AddressClaims: Sendable {
    /// By port.
    private(set) var keys: OneOrMore<KeyClaims>

    init(_ only: KeyClaims) { keys = OneOrMore(only) }

    /// The claims on a kubelet's own port, nil where no node here reports the port.
    func key(ofKubeletPort port: UInt16) -> KeyClaims? { index(of: port).map { keys[$0] } }

    func contains(_ node: KnownNode) -> Bool {
        key(ofKubeletPort: node.kubeletPort)?.claimants.contains { $0 === node } == true
    }

    /// Puts the claims on a port in the place of those before.
    mutating func put(_ key: KeyClaims) {
        if let index = index(of: key.kubeletPort) {
            keys[index] = key
        } else {
            keys.insert(key) { $0.kubeletPort < $1.kubeletPort }
        }
    }

    /// False, and nothing removed, where there are no others.
    mutating func remove(kubeletPort port: UInt16) -> Bool { index(of: port).map { keys.remove(at: $0) } ?? true }

    private func index(of port: UInt16) -> Int? {
        let index = keys.firstIndex(fromWhich: { $0.kubeletPort >= port })
        return index < keys.count && keys[index].kubeletPort == port ? index : nil
    }
}
