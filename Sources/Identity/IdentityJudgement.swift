import Addressing
import Discovery

extension IdentityTable {
    /// The rows of spec 5 in their order, from the second on; the first is about the table's age and stands in
    /// `IdentityStore`. Less than a microsecond, whatever the cluster's size (spec 5.4).
    package func verdict(for claim: NodeClaim, at destination: ScrapeDestination) -> IdentityVerdict {
        var verdict = IdentityVerdict(claim, isLoopbackAllowed: policy.allowLoopback)
        let address: SocketAddress
        let neighbours: AddressClaims?
        switch destination {
        case .address(let given):
            address = given
            neighbours = claims(on: address.ip)
            verdict.claimed = claim.node.flatMap { node(claimedAs: $0, among: neighbours) }
        case .ownAddress(let port):
            verdict.claimed = claim.node.flatMap { node(claimedAs: $0, among: nil) }
            // N | no IP given, and no such node
            guard let node = verdict.claimed else { return verdict.dropped(.unknownNode) }
            // N | no IP given, and N has no usable address yet
            guard let ip = node.addresses.first else { return verdict.dropped(.noAddress) }
            address = SocketAddress(ip, port: port ?? node.kubeletPort)
            neighbours = claims(on: ip)
        }
        verdict.address = address

        // any | IP is no node's
        guard let claims = neighbours else { return verdict.dropped(.unknownAddress) }
        verdict.portRole = claims.key(ofKubeletPort: address.port) == nil ? .other : .kubelet
        verdict.key = claims.keys[0]
        let isDialable = isAllowed(address.port, as: verdict.portRole)
        guard isDialable || isKubeletPort(address.port, of: verdict.claimed) else {
            return verdict.dropped(.portNotAllowed)
        }
        verdict.dialableAddress = isDialable ? address : nil

        guard let key = key(at: address, among: claims, claimed: verdict.claimed) else {
            return sharedPort(verdict, claims)
        }
        verdict.key = key
        switch key.ownership {
        // any | more than one Ready claimant, undecidable
        case .contested: return verdict.dropped(.contested)
        // any | nobody owns the key
        case .nobody: return verdict.dropped(.noReadyNode)
        case .owned(let owner, _):
            verdict.owner = owner
            return claim.isNone ? unclaimed(verdict, key) : claimed(verdict, key, owner, ip: address.ip)
        }
    }

    private func unclaimed(_ verdict: consuming IdentityVerdict, _ key: KeyClaims) -> IdentityVerdict {
        // none | more than one claimant (unless claims.missing: forward), or claims.missing: drop
        // none | otherwise
        switch policy.missingClaim {
        case .dropAmbiguous: key.claimants.count > 1 ? verdict.dropped(.noClaim) : verdict.forwarded()
        case .drop: verdict.dropped(.noClaim)
        case .forward: verdict.forwarded()
        }
    }

    private func claimed(
        _ verdict: consuming IdentityVerdict, _ key: KeyClaims, _ owner: KnownNode, ip: IPAddress
    ) -> IdentityVerdict {
        let claim = verdict.claim
        if verdict.claimed === owner || claim.node == nil {
            // N | N owns the key
            // N | N owns the key, but the UID claimed is another
            return claim.uid == nil || claim.uid == owner.uid
                ? verdict.forwarded() : verdict.dropped(.staleIdentity)
        }
        // N | no such node
        guard let node = verdict.claimed else { return verdict.dropped(.unknownNode) }
        // N | N is a claimant, another node owns the key
        // N | N exists at other addresses
        let isClaimant = node.kubeletPort == key.kubeletPort && node.claims(ip)
        return verdict.dropped(isClaimant ? .staleIdentity : .moved)
    }
}

// MARK: Ports

extension IdentityTable {
    private func isAllowed(_ port: UInt16, as role: IdentityVerdict.PortRole) -> Bool {
        // A node may report a port that is none; its other ports are none the worse for it.
        guard port != Node.undialablePort else { return false }
        return policy.ports.others.contains(port) || policy.ports.kubelet && role == .kubelet
    }

    /// A claimed node that was at the IP brings its own port: the stale target deserves its reason, not a complaint
    /// about the port. Such a scrape is never forwarded, since no kubelet there reports the port.
    private func isKubeletPort(_ port: UInt16, of claimed: KnownNode?) -> Bool {
        policy.ports.kubelet && port != Node.undialablePort && claimed?.kubeletPort == port
    }

    /// The key that judges a scrape (spec 4.3): a kubelet's own port is a key of its own; any other port belongs to the
    /// IP, where a claim is judged by its own kubelet's key. Nil: an other port of an IP where several kubelets are and
    /// the claim is none of them.
    private func key(at address: SocketAddress, among claims: AddressClaims, claimed: KnownNode?) -> KeyClaims? {
        if let key = claims.key(ofKubeletPort: address.port) { return key }
        if claims.keys.count == 1 { return claims.keys[0] }
        guard let claimed, claimed.claims(address.ip) else { return nil }
        return claims.key(ofKubeletPort: claimed.kubeletPort)
    }

    /// A port that is no kubelet's leads to several nodes that are no conflict, and none of them is claimed.
    private func sharedPort(_ verdict: consuming IdentityVerdict, _ claims: AddressClaims) -> IdentityVerdict {
        verdict.isSharedPort = true
        var isContested = false
        var isOwned = false
        for key in claims.keys where !isOwned {
            switch key.ownership {
            case .owned: isOwned = true
            case .contested: isContested = true
            case .nobody: break
            }
        }
        guard isOwned else { return verdict.dropped(isContested ? .contested : .noReadyNode) }
        guard verdict.claim.node != nil else { return verdict.dropped(.noClaim) }
        return verdict.dropped(verdict.claimed == nil ? .unknownNode : .moved)
    }
}
