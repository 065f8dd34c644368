import Addressing
import Discovery

extension IdentityVerdict {
    /// Why, in plain words: the reason phrase of the answer, which Prometheus shows on its Targets page (spec 5.3). One
    /// line of printable ASCII, at most 200 bytes: the fact, and the remedy where there is one.
    ///
    /// - Parameters:
    ///   - now: Unix seconds.
    ///   - claimsBy: how a scrape of this kind names its node.
    package func explanation(at now: Int64, claimsBy place: ClaimPlace = .parameter("node")) -> String {
        ReasonPhrase.fitting { nameLimit in
            let words = Words(verdict: self, now: now, nameLimit: nameLimit)
            return switch reason {
            case .owner: words.ownerFact
            case .notSynced: "Not synced: no complete list of nodes yet, see the log for the node source"
            case .staleTable: words.staleTable
            case .unknownNode: words.unknownNode
            case .noAddress: words.noAddress
            case .unknownAddress: words.unknownAddress
            case .portNotAllowed: words.portNotAllowed
            case .contested:
                "Contested: \(words.claims), all Ready and equally new: delete the Node that is gone"
            case .noReadyNode: words.noReadyNode
            case .noClaim: words.noClaim(remedy: words.remedy(for: place))
            case .staleIdentity: words.staleIdentity
            case .moved: words.moved
            case .wrongEvidence, .unproven, .ownerAlreadyScraped: "\(reason.rawValue): \(words.key)"
            }
        }
    }

    /// The same for a stale scrape that is not rewritten, `owner_already_scraped` (spec 5.1).
    package func explanation(of refusal: TakeoverMemory.Refusal, at now: Int64) -> String {
        ReasonPhrase.fitting { nameLimit in
            let words = Words(verdict: self, now: now, nameLimit: nameLimit)
            return
                "Owner already scraped: \(words.ownerFact), \(words.stream(refusal)), scrape claims \(words.claimedIdentity)"
        }
    }
}

/// The facts that explanations are made of.
private struct Words {
    let verdict: IdentityVerdict
    let now: Int64
    /// In bytes, of a name from outside.
    let nameLimit: Int

    func name(_ text: String) -> String { ReasonPhrase.shortened(text, to: nameLimit) }

    var key: String { verdict.address.map { "\($0)" } ?? "no address" }
    var claimedName: String { name(verdict.claim.node ?? "") }
    var claimedUID: String { name(verdict.claim.uid ?? "") }

    var ownerFact: String {
        guard let owner = verdict.owner else { return "\(key) is shared by \(sharers)" }
        return "\(key) is \(name(owner.name)) since \(UTCTime.text(of: owner.ownedSince, now: now))"
    }

    /// `10.0.0.5:10250 is claimed by node-a (NotReady) and node-b`
    var claims: String {
        let shown = verdict.key.map { Array($0.claimants) } ?? []
        return "\(key) is claimed by \(list(shown.map { name($0.name) + remark(on: $0) }))"
    }

    var staleTable: String {
        let limit = verdict.staleness.map { "\($0.limit.components.seconds)s" } ?? ""
        let age = verdict.staleness.map { "\($0.age.components.seconds)s" } ?? ""
        return "Stale node table: last confirmed \(age) ago, max_staleness is \(limit): restore the node source"
    }

    var unknownNode: String {
        guard verdict.address != nil else {
            return "Unknown node: no Node is named \(claimedName), it was deleted or is misspelt"
        }
        return "Unknown node: \(ownerFact), scrape claims \(claimedName), which is no node"
    }

    var noAddress: String {
        guard let node = verdict.claimed else { return "No address" }
        let listed = node.node.addresses.filter { $0.kind == .internalIP || $0.kind == .externalIP }.map(\.value)
        if listed.isEmpty { return "No address: \(name(node.name)) lists no InternalIP or ExternalIP yet" }
        let isLoopback = listed.contains { IPAddress($0)?.isLoopback == true }
        let remedy = isLoopback ? ": set allow_loopback_nodes" : ""
        return "No address: \(name(node.name)) lists none that may be dialled (\(list(listed.map(name))))\(remedy)"
    }

    var unknownAddress: String {
        guard let ip = verdict.address?.ip else { return "Unknown address" }
        if ip.isLoopback, !verdict.isLoopbackAllowed {
            return "Unknown address: \(ip) is loopback, dialled only with allow_loopback_nodes: true"
        }
        if !ip.isDialable(allowLoopback: true) { return "Unknown address: \(ip) is never dialled" }
        return "Unknown address: no Node lists \(ip) as InternalIP or ExternalIP"
    }

    var portNotAllowed: String {
        guard let address = verdict.address else { return "Port not allowed" }
        if address.port == Node.undialablePort {
            let node = verdict.claimed.map { name($0.name) } ?? "the node at \(address.ip)"
            return "Port not allowed: \(node) reports a kubelet port that is none, correct its Node object"
        }
        if verdict.portRole == .kubelet { return "Port not allowed: \(address.port), add kubelet to upstream.ports" }
        return "Port not allowed: \(address.port) is no kubelet's port at \(address.ip) (\(kubeletPorts)), add it to "
            + "upstream.ports"
    }

    var noReadyNode: String {
        let nobody = verdict.isSharedPort ? "No Ready node: no node at \(key) is Ready" : "No Ready node: \(claims)"
        guard verdict.key?.claimants.count == 1, verdict.key?.claimants.first?.node.ready.status == .false else {
            return nobody
        }
        return "\(nobody): not_ready: sole would scrape it"
    }

    func remedy(for place: ClaimPlace) -> String {
        switch place {
        case .parameter(let parameter): return "set __param_\(name(parameter))"
        case .host:
            let port = verdict.address.map { ":\($0.port)" } ?? ""
            return "set __address__ to NODE\(port)"
        }
    }

    func noClaim(remedy: String) -> String {
        if verdict.isSharedPort { return "Ambiguous: \(ownerFact), scrape names none: \(remedy)" }
        guard (verdict.key?.claimants.count ?? 0) > 1 else {
            return "No claim: scrape of \(key) names no node: \(remedy)"
        }
        return "Ambiguous: \(claims), scrape names none: \(remedy)"
    }

    var staleIdentity: String {
        guard let owner = verdict.owner, owner === verdict.claimed || verdict.claim.node == nil else {
            return "Stale node identity: \(ownerFact), scrape claims \(claimedName)"
        }
        return "Stale node identity: \(ownerFact) with UID \(name(owner.uid)), scrape claims UID \(claimedUID)"
    }

    func stream(_ refusal: TakeoverMemory.Refusal) -> String {
        switch refusal {
        case .ownNameIsScraped: "scraped under its own name"
        case .streamIsHeld(let claim): "rewritten already from \(name(claim.node ?? claim.uid ?? ""))"
        }
    }

    var claimedIdentity: String {
        guard let uid = verdict.claim.uid else { return claimedName }
        let named = verdict.claim.node == nil ? "" : "\(claimedName) with "
        return "\(named)UID \(name(uid))"
    }

    var moved: String {
        guard let node = verdict.claimed else { return "Moved" }
        let whereabouts = node.kubeletAddresses.first { _ in true }.map { "is at \($0)" } ?? "has no usable address"
        return "Node moved: \(ownerFact), scrape claims \(name(node.name)), which \(whereabouts)"
    }

    /// Of a shared port only the first kubelet's claimants are known.
    private var sharers: String {
        let first = verdict.key?.claimants.first.map { name($0.name) } ?? "nodes"
        return "\(first) and others with kubelet ports of their own"
    }

    private var kubeletPorts: String {
        verdict.key?.claimants.first.map { "\(name($0.name)): \($0.kubeletPort)" } ?? ""
    }

    private func remark(on node: KnownNode) -> String {
        if node.isBeingDeleted { return " (being deleted)" }
        return node.isReady ? "" : " (NotReady)"
    }

    /// `a`, `a and b`, `a, b and c`, `a, b and 7 more`
    private func list(_ items: [String]) -> String {
        switch items.count {
        case 0: "none"
        case 1: items[0]
        case 2, 3: items.dropLast().joined(separator: ", ") + " and " + items[items.count - 1]
        default: items[..<2].joined(separator: ", ") + " and \(items.count - 2) more"
        }
    }
}
