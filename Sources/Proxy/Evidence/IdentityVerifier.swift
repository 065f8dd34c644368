import Addressing
import Connections
import Discovery
import EventLoop
import Exposition
import HTTP
import Identity
import Instrumentation
import Scraping
import Settings

/// Looks at who really answers (spec 6): on a connection before a scrape is sent over it, in the answer's body, and where several
/// nodes are Ready at one address. One a loop.
final class IdentityVerifier {
    let identities: IdentityStore
    let client: ScrapeClient
    let loop: EventLoop
    let gzip: GzipPool
    var configuration: ProxyConfiguration
    /// Keys whose kubelet is being asked, with the scrapes that wait for what it says.
    var inquiries: [SocketAddress: [Parker]] = [:]
    let former = FormerConnections()
    private let checks: MetricFamily<Counter>
    private let changeLog: IdentityChangeLog

    init(
        _ configuration: ProxyConfiguration, identities: IdentityStore, client: ScrapeClient, on loop: EventLoop,
        gzip: GzipPool, metrics: ProxyMetrics, changeLog: IdentityChangeLog
    ) {
        self.configuration = configuration
        self.identities = identities
        self.client = client
        self.loop = loop
        self.gzip = gzip
        self.changeLog = changeLog
        checks = metrics.evidenceChecks
    }

    /// Nil: nothing is checked.
    func check(
        _ verdict: IdentityVerdict, _ request: RequestHead, _ intent: ScrapeIntent, to address: SocketAddress,
        isTLS: Bool, deadline: UInt64
    ) -> EvidenceCheck? {
        guard configuration.checksEvidence, let owner = verdict.owner, let key = verdict.evidenceKey else {
            return nil
        }
        return EvidenceCheck(
            of: owner, at: key, reachedAt: address, isTLS: isTLS, demand: demand(of: verdict),
            bringing: intent.isHead ? nil : BodyEvidence(path: intent.path), for: request, by: deadline, configuration)
    }

    /// What `verify_identity` asks for, and what was learned of the key.
    func demand(of verdict: IdentityVerdict) -> ProofDemand {
        switch configuration.settings.verifyIdentity {
        case .off: .nothing
        case _ where verdict.evidenceDemand == .proof: .nameAnew
        case .require: .name
        case .opportunistic: .nothing
        }
    }

    // MARK: Before anything is sent

    /// - Returns: false where the connection was not fit for more after the kubelet was asked over it.
    func admits(
        _ connection: UpstreamConnection, _ check: EvidenceCheck, waitingWith parker: Parker
    ) async throws(ScrapeError) -> Bool {
        let findings = PeerFindings.known(of: connection) ?? beginFindings(on: connection)
        if !findings.concern(check.owner) || isForgotten(findings, check) {
            findings.begin(with: check.owner)
            if let certificate = connection.peerCertificate { try judge(certificate, findings, check) }
            if former.isSilent(at: check.address, of: check.owner) { findings.spare() }
        }
        guard findings.mustBeAsked(for: check.demand, bringing: check.brought) else { return true }
        return try await ask(connection, findings, check, parker)
    }

    private func beginFindings(on connection: UpstreamConnection) -> PeerFindings {
        let isFollower = former.isFollowed(at: connection.address, now: loop.now)
        let findings = PeerFindings.begin(on: connection, isFollower: isFollower)
        connection.whenClosed = { [weak former, unowned connection, unowned findings] in
            former?.connectionEnded(
                at: connection.address, lastAnswer: connection.lastAnswer, wasSpared: findings.isSpared)
        }
        return findings
    }

    /// Whether the connection was proved by its certificate, and that proves nothing any more: another machine showed it.
    private func isForgotten(_ findings: PeerFindings, _ check: EvidenceCheck) -> Bool {
        guard case .certificate = findings.proof, let certificate = findings.certificate else { return false }
        return !identities.judge(.fingerprint(certificate), of: check.owner, at: check.key).isAgreement
    }

    /// From the strongest to the weakest thing that a certificate tells.
    private func judge(
        _ certificate: PeerCertificate, _ findings: PeerFindings, _ check: EvidenceCheck
    ) throws(ScrapeError) {
        if certificate.isVerified, let name = certificate.nodeName {
            let evidence = Evidence.certificate(node: name)
            guard case .agrees = judge(evidence, check) else { return try refuse(evidence, findings, check) }
            return prove(findings, check, by: .certificate, as: .name)
        }
        if let fingerprint = findings.certificate {
            let evidence = Evidence.fingerprint(fingerprint)
            switch judge(evidence, check) {
            case .agrees: return prove(findings, check, by: .fingerprint, as: .certificate(isNamed: true))
            case .agreesInMachine: return prove(findings, check, by: .fingerprint, as: .certificate(isNamed: false))
            // A machine may show the certificate of the one that it was cloned from: the kubelet is asked.
            case .contradicts:
                findings.suspicion = evidence
                return
            case .doubt, .nothing: break
            }
        }
        guard !certificate.isVerified else { return }
        let evidence = Evidence.hostNames(certificate.hostNames)
        switch judge(evidence, check) {
        case .contradicts: try refuse(evidence, findings, check)
        case .doubt:
            let isSilent = findings.certificate.map { identities.isKnownSilent($0, of: check.owner) } ?? false
            findings.isInDoubt = !isSilent
        case .agrees, .agreesInMachine, .nothing: break
        }
    }

    // MARK: What follows from evidence

    func judge(_ evidence: Evidence, _ check: EvidenceCheck) -> EvidenceJudgement {
        let judgement = identities.judge(evidence, of: check.owner, at: check.key)
        count(evidence.kind, judgement)
        if case .nodeName = evidence { former.toldName(at: check.address) }
        return judgement
    }

    func count(_ kind: Evidence.Kind, _ judgement: EvidenceJudgement) {
        // That an unknown certificate is unknown is no check.
        if kind == .fingerprint, case .nothing = judgement { return }
        checks.child(kind.rawValue, judgement.outcome).increment()
    }

    /// The owner was proved, more or less: the table learns of it where that is enough.
    func prove(
        _ findings: PeerFindings, _ check: EvidenceCheck, by kind: Evidence.Kind, as proof: PeerFindings.Proof,
        outrankedIDs: NodeInfo? = nil
    ) {
        findings.prove(proof, by: kind)
        guard findings.suffice(for: check.demand) else { return }
        act(
            on: identities.learnProof(
                of: check.owner, at: check.key, by: kind, certificate: findings.certificate,
                outrankedIDs: outrankedIDs))
    }

    /// Another machine answers: the table learns of it, and the scrape ends.
    func refuse(_ evidence: Evidence, _ findings: PeerFindings, _ check: EvidenceCheck) throws(ScrapeError) {
        act(
            on: identities.learnContradiction(
                of: check.owner, at: check.key, by: evidence, certificate: findings.certificate))
        // Others that are idle may end at the same machine.
        client.pool.closeIdle(to: [check.key.ip])
        guard check.isCarriedOut else {
            findings.refusal = .wrongEvidence
            return
        }
        throw .wrongEvidence(check.address, evidence.explanation(against: check.owner, at: check.address))
    }

    func failToProve(_ findings: PeerFindings, _ check: EvidenceCheck, _ why: String) throws(ScrapeError) {
        guard check.isCarriedOut else {
            findings.refusal = .unproven
            return
        }
        throw .unproven(check.address, Unproven.explanation(of: check.owner, at: check.address, why))
    }

    /// Why scrapes over the answer's connection would be dropped: in `mode: observe` alone.
    func refusal(of answer: ScrapeAnswer, _ check: EvidenceCheck?) -> DropReason? {
        guard let check, !check.isCarriedOut else { return nil }
        return PeerFindings.known(of: answer.connection)?.refusal
    }

    /// By what the kubelet at the answer's other end was proved to be the owner; `none`: by nothing.
    func evidence(of answer: ScrapeAnswer) -> String {
        PeerFindings.known(of: answer.connection)?.provedBy?.rawValue ?? "none"
    }

    func act(on changes: IdentityChanges) {
        guard !changes.isEmpty else { return }
        changeLog.note(changes)
        if !changes.owners.isEmpty { client.pool.closeIdle(to: Set(changes.owners.map(\.address.ip))) }
    }
}
