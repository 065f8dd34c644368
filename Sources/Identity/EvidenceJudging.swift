import Discovery

/// Judging evidence (spec 6.1): no I/O, nothing learned.
extension IdentityTable {
    /// - Parameter outranked: machine ids that stronger evidence has overruled at this key.
    func judge(_ evidence: Evidence, of owner: KnownNode, outranked: NodeInfo? = nil) -> EvidenceJudgement {
        switch evidence {
        case .certificate(let name), .nodeName(let name):
            isSameName(name, owner.name) ? .agrees : .contradicts(node(named: name))
        case .fingerprint(let fingerprint): judge(fingerprint, of: owner)
        case .hostNames(let names): judge(hostNames: names, of: owner)
        case .machine(let seen): seen == outranked ? .nothing : judge(machine: seen, of: owner)
        }
    }

    /// The one among these nodes that the evidence is for. Nil where it is for none, or does not tell them apart.
    func node(shownBy evidence: Evidence, among candidates: [KnownNode]) -> KnownNode? {
        var found: KnownNode?
        for candidate in candidates {
            guard judge(evidence, of: candidate).isAgreement else { continue }
            guard found == nil else { return nil }
            found = candidate
        }
        return found
    }

    private func judge(_ fingerprint: CertificateFingerprint, of owner: KnownNode) -> EvidenceJudgement {
        guard case .proved(let machine, let proof) = fingerprints[fingerprint],
            proof == .nameAmongSeveral || !isAmbiguous(machine)
        else { return .nothing }
        if machine.isSame(as: owner.machine) { return proof == .machineIDs ? .agreesInMachine : .agrees }
        // What was proved of a node that is another one now proves nothing any more.
        guard let node = node(named: machine.name), machine.isSame(as: node.machine) else { return .nothing }
        return .contradicts(node)
    }

    private func judge(hostNames names: [String], of owner: KnownNode) -> EvidenceJudgement {
        guard !names.isEmpty else { return .nothing }
        if names.contains(where: { name in
            isSameName(name, owner.name) || owner.node.hostAddresses.contains { isSameName(name, $0) }
        }) {
            return .agrees
        }
        for name in names {
            guard let other = node(claimedAs: name, among: nil) else { continue }
            // One machine under two names: a kubelet that was renamed keeps the certificate that it made for itself.
            guard !isAmbiguous(owner.machine) || !other.hasSameIDs(as: owner) else { continue }
            return .contradicts(other)
        }
        return .doubt
    }

    /// Ids that several nodes share tell nothing: of cloned machines, or of one machine under two names. Nor does the
    /// `boot_id`, which each reboot changes before the Node object does.
    private func judge(machine seen: NodeInfo, of owner: KnownNode) -> EvidenceJudgement {
        let known = owner.node.nodeInfo
        var agrees = false
        for (seen, known) in [(seen.machineID, known.machineID), (seen.systemUUID, known.systemUUID)] {
            guard !seen.isEmpty, !known.isEmpty, !isShared(seen), !isShared(known) else { continue }
            guard isSameName(seen, known) else { return .contradicts(nil) }
            agrees = true
        }
        return agrees ? .agreesInMachine : .nothing
    }

    /// A machine under several names: a kubelet that was renamed keeps its certificate.
    func isAmbiguous(_ machine: MachineIdentity) -> Bool {
        let ids = [machine.machineID, machine.systemUUID].filter { !$0.isEmpty }
        return !ids.isEmpty && ids.allSatisfy(isShared)
    }

    private func isSameName(_ one: String, _ other: String) -> Bool {
        one == other || Self.folded(one) == Self.folded(other)
    }
}
