package import Addressing
package import Discovery

/// What is shown on connections to kubelets, judged by the table in force and learned by it. Each call is one look under the
/// lock; `changes` are to be acted upon like those of an event.
extension IdentityStore {
    /// - Parameter key: the kubelet's own address.
    package func judge(_ evidence: Evidence, of owner: KnownNode, at key: SocketAddress) -> EvidenceJudgement {
        withTable { $0.judge(evidence, of: owner, outranked: $0.learned[key]?.outrankedIDs) }
    }

    /// Whether the bearer of this certificate was asked before, and could not tell whether it is this node's.
    package func isKnownSilent(_ certificate: CertificateFingerprint, of owner: KnownNode) -> Bool {
        withTable { table in
            guard case .silent(let machine) = table.fingerprints[certificate] else { return false }
            return machine == owner.machine
        }
    }

    /// Whether the bearer of this certificate has shown a node's name.
    package func isNamed(_ certificate: CertificateFingerprint) -> Bool {
        withTable { table in
            guard case .proved(_, let proof) = table.fingerprints[certificate] else { return false }
            return proof != .machineIDs
        }
    }

    package func noteSilence(_ certificate: CertificateFingerprint, of owner: KnownNode) {
        withTable { $0.fingerprints.noteSilence(certificate, of: owner.machine) }
    }

    package func learnProof(
        of owner: KnownNode, at key: SocketAddress, by kind: Evidence.Kind, certificate: CertificateFingerprint?,
        outrankedIDs: NodeInfo? = nil
    ) -> IdentityChanges {
        withTable {
            $0.learnProof(of: owner, at: key, by: kind, certificate: certificate, outrankedIDs: outrankedIDs)
        }
    }

    package func learnContradiction(
        of owner: KnownNode, at key: SocketAddress, by evidence: Evidence, certificate: CertificateFingerprint?
    ) -> IdentityChanges {
        withTable { $0.learnContradiction(of: owner, at: key, by: evidence, certificate: certificate) }
    }

    package func learnAnswerer(
        at key: SocketAddress, from evidence: Evidence, certificate: CertificateFingerprint?
    ) -> (answerer: KnownNode?, changes: IdentityChanges) {
        withTable { $0.learnAnswerer(at: key, from: evidence, certificate: certificate) }
    }

    package func learnUndecided(at key: SocketAddress) -> IdentityChanges {
        withTable { $0.learnUndecided(at: key) }
    }

    /// What a key asks of the next scrape.
    package func evidenceDemand(at key: SocketAddress) -> EvidenceDemand {
        withTable { $0.key(of: key)?.demand ?? .none }
    }

    /// Whether a scrape that is under way for this owner would be judged otherwise now.
    package func isDisputed(_ owner: KnownNode, at key: SocketAddress) -> Bool {
        withTable { $0.isDisputed(owner, at: key) }
    }

    /// Of several Ready claimants, all; empty where one suffices to judge.
    package func rivals(at key: SocketAddress) -> [KnownNode] {
        withTable { table in
            guard let key = table.key(of: key), key.readyCount > 1 else { return [] }
            return key.readyClaimants
        }
    }
}
