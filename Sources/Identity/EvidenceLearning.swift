import Addressing
import Discovery

/// Learning from evidence (spec 6.3, 6.4). What is learned of a key whose owner has changed meanwhile is dropped: it was about
/// another machine.
extension IdentityTable {
    /// The owner of a key was proved.
    ///
    /// - Parameters:
    ///   - certificate: what the proving body came with: it is a proof itself from now on.
    ///   - outrankedIDs: machine ids that contradicted, and were overruled.
    mutating func learnProof(
        of owner: KnownNode, at address: SocketAddress, by kind: Evidence.Kind, certificate: CertificateFingerprint?,
        outrankedIDs: NodeInfo?
    ) -> IdentityChanges {
        if let certificate, kind == .nodeName || kind == .machine {
            remember(certificate, of: owner, byName: kind == .nodeName)
        }
        guard let key = currentKey(at: address, of: owner) else { return IdentityChanges() }
        let lesson: LearnedEvidence.Lesson?
        switch key.demand {
        case .none where outrankedIDs == nil || outrankedIDs == key.learned?.outrankedIDs: return IdentityChanges()
        case .none: lesson = key.learned?.lesson
        case .proof, .inquiry: lesson = key.readyCount > 1 ? .answerer(name: owner.name, by: kind) : nil
        }
        let outranked = outrankedIDs ?? key.learned?.outrankedIDs
        let isEmpty = lesson == nil && outranked == nil
        return learn(
            isEmpty ? nil : LearnedEvidence(lesson, outrankedIDs: outranked, among: key.claimants), at: address)
    }

    /// The owner of a key was contradicted.
    ///
    /// - Parameter certificate: what the evidence came with: it proves the owner no more, but the node that a body names.
    mutating func learnContradiction(
        of owner: KnownNode, at address: SocketAddress, by evidence: Evidence, certificate: CertificateFingerprint?
    ) -> IdentityChanges {
        if let certificate { fingerprints.forget(certificate, of: owner.machine) }
        learnBearer(of: certificate, from: evidence)
        guard let key = currentKey(at: address, of: owner) else { return IdentityChanges() }
        let lesson: LearnedEvidence.Lesson
        if key.readyCount > 1, let answerer = node(shownBy: evidence, among: key.readyClaimants) {
            lesson = .answerer(name: answerer.name, by: evidence.kind)
        } else {
            lesson = .refuted(Refutation(owner: owner.name, kind: evidence.kind, shown: evidence.shownName))
        }
        return learn(LearnedEvidence(lesson, among: key.claimants), at: address)
    }

    /// A kubelet was asked which of several Ready claimants it belongs to.
    ///
    /// - Returns: the claimant; nil where the evidence does not tell.
    mutating func learnAnswerer(
        at address: SocketAddress, from evidence: Evidence, certificate: CertificateFingerprint?
    ) -> (answerer: KnownNode?, changes: IdentityChanges) {
        learnBearer(of: certificate, from: evidence)
        guard let key = key(of: address), key.readyCount > 1 else { return (nil, IdentityChanges()) }
        let ready = key.readyClaimants
        let lesson: LearnedEvidence.Lesson
        let answerer = node(shownBy: evidence, among: ready)
        if let answerer {
            lesson = .answerer(name: answerer.name, by: evidence.kind)
        } else if evidence.kind == .certificate || evidence.kind == .nodeName, let owner = key.ownership.owner {
            lesson = .refuted(Refutation(owner: owner.name, kind: evidence.kind, shown: evidence.shownName))
        } else {
            return (nil, IdentityChanges())
        }
        return (answerer, learn(LearnedEvidence(lesson, among: key.claimants), at: address))
    }

    /// A kubelet was asked, answered, and told nothing that tells the claimants apart.
    mutating func learnUndecided(at address: SocketAddress) -> IdentityChanges {
        guard let key = key(of: address), key.demand == .inquiry else { return IdentityChanges() }
        return learn(LearnedEvidence(.undecided, among: key.claimants), at: address)
    }

    /// Whether a scrape for this owner has to be looked at again by what became known since: the key is another node's, another
    /// machine's or nobody's now, or its owner was contradicted.
    func isDisputed(_ owner: KnownNode, at address: SocketAddress) -> Bool {
        guard let key = currentKey(at: address, of: owner) else { return true }
        return key.learned?.refutation != nil
    }

    private func currentKey(at address: SocketAddress, of owner: KnownNode) -> KeyClaims? {
        guard let key = key(of: address), let current = key.ownership.owner,
            current === owner || current.isSameMachine(as: owner)
        else { return nil }
        return key
    }

    /// A body outranks what was known of the certificate that came with it.
    private mutating func learnBearer(of certificate: CertificateFingerprint?, from evidence: Evidence) {
        guard let certificate, case .nodeName(let name) = evidence else { return }
        if let node = node(named: name) {
            remember(certificate, of: node, byName: true)
        } else {
            fingerprints.forget(certificate)
        }
    }

    private mutating func remember(_ certificate: CertificateFingerprint, of node: KnownNode, byName: Bool) {
        let proof: FingerprintMemory.Proof =
            switch (byName, isAmbiguous(node.machine)) {
            case (false, _): .machineIDs
            case (true, false): .name
            case (true, true): .nameAmongSeveral
            }
        fingerprints.prove(certificate, is: node.machine, by: proof)
    }
}
