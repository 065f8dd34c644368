package import Addressing

/// What becomes of a scrape, and why (spec 5). Holds references only: it costs the same whatever the cluster's size.
package struct IdentityVerdict: Sendable {
    package enum Decision: String, Sendable {
        case forward
        case drop
    }

    /// What a port is to the nodes at its IP: which key judges the scrape (spec 4.3), and which scheme it speaks.
    package enum PortRole: Sendable {
        case kubelet
        case other
    }

    /// How old the table is and may be, in the verdict `stale_table`.
    struct Staleness: Sendable {
        let age: Duration
        let limit: Duration
    }

    package let claim: NodeClaim
    package private(set) var reason = VerdictReason.notSynced
    /// The IP and port that the scrape would be sent to. Nil where the request named only a node that has none.
    package internal(set) var address: SocketAddress?
    package internal(set) var portRole = PortRole.kubelet
    /// Nil where nobody owns the key, and where several kubelets share the port.
    package internal(set) var owner: KnownNode?
    /// The node that the claim names, if there is one.
    package internal(set) var claimed: KnownNode?
    /// `address` where it may be dialled: a node's IP and an allowed port (spec 11.3). Set when the scrape is forwarded;
    /// `mode: observe` and `on_stale: rewrite` send one there that is dropped otherwise (spec 5.1, 5.2).
    package internal(set) var dialableAddress: SocketAddress?
    /// The key that judged, else the first one at the IP.
    var key: KeyClaims?
    /// The port is no kubelet's, and several kubelets are at the IP: no key judged.
    var isSharedPort = false
    private(set) var staleness: Staleness?
    let isLoopbackAllowed: Bool

    init(_ claim: NodeClaim, isLoopbackAllowed: Bool) {
        self.claim = claim
        self.isLoopbackAllowed = isLoopbackAllowed
    }

    /// Before the first complete list nothing is known (spec 4.5).
    init(unsynced claim: NodeClaim, at destination: ScrapeDestination) {
        self.init(claim, isLoopbackAllowed: true)
        if case .address(let address) = destination { self.address = address }
    }

    /// What evidence must show before the scrape is sent, beyond what `verify_identity` asks.
    package var evidenceDemand: EvidenceDemand { isSharedPort ? .none : key?.demand ?? .none }

    /// The kubelet's own address and port, under which evidence is remembered. Nil where no key judged.
    package var evidenceKey: SocketAddress? {
        guard !isSharedPort, let key, let address else { return nil }
        return SocketAddress(address.ip, port: key.kubeletPort)
    }

    package var decision: Decision { reason == .owner ? .forward : .drop }

    /// Whom the API server would be asked for (`via: api_server`): the owner, else the first by name that claims the key.
    package var occupant: KnownNode? { owner ?? key?.claimants[0] }

    /// Whether the scrape named no node: it was routed, not judged (spec 3.4).
    package var isUnclaimed: Bool { claim.isNone }

    /// Whether the scrape claims another than the owner: its samples are stored under a name that is not the owner's.
    package var claimsAnother: Bool {
        guard let owner, !claim.isNone else { return false }
        return claim.node != nil && claimed !== owner || claim.uid != nil && claim.uid != owner.uid
    }

    /// Whether `on_stale` decides: the address has an owner, and it is another than the claim says (spec 5, 5.1).
    package var isStale: Bool {
        switch reason {
        case .staleIdentity, .moved, .unknownNode: owner != nil && dialableAddress != nil
        default: false
        }
    }
}

// MARK: The last step

extension IdentityVerdict {
    // Consuming, since a copy would count up and down every reference in here.

    consuming func forwarded() -> IdentityVerdict {
        reason = .owner
        return self
    }

    consuming func dropped(_ reason: VerdictReason) -> IdentityVerdict {
        self.reason = reason
        return self
    }

    /// Spec 4.6: what the old table says stays known, to observe by.
    consuming func dropped(forTableOf age: Duration, limit: Duration) -> IdentityVerdict {
        reason = .staleTable
        staleness = Staleness(age: age, limit: limit)
        return self
    }
}
