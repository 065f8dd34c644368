import Discovery
import EventLoop
import Exposition
import HTTP
import Identity
import Scraping

/// Looks for evidence in the body of an answer while it streams on (spec 6.1). Its last bytes must not go out before the watch
/// has let them pass.
final class EvidenceWatch {
    private let check: EvidenceCheck
    private let brought: BodyEvidence
    private let findings: PeerFindings
    private let verifier: IdentityVerifier
    private let scanner: EvidenceScanner
    private var isSettled = false

    /// Nil: the connection has nothing more to show, or the answer brings nothing.
    init?(_ answer: ScrapeAnswer, _ check: EvidenceCheck, _ verifier: IdentityVerifier) {
        guard answer.head.status == 200, let brought = check.brought else { return nil }
        let findings = PeerFindings.of(answer.connection)
        guard !findings.isFinal, findings.refusal == nil else { return nil }
        // Machine ids can add nothing to a proof; the node's name outranks all but a verified certificate.
        if findings.suffice(check), brought == .machineIDs { return nil }
        if findings.searched.contains(brought), !check.requiresProof || findings.suffice(check) { return nil }
        self.check = check
        self.brought = brought
        self.findings = findings
        self.verifier = verifier
        let fields = answer.head.fields
        scanner = EvidenceScanner(
            contentType: fields.list(.contentType), contentEncoding: fields.list(.contentEncoding), pool: verifier.gzip)
    }

    /// Takes the next run of the body's bytes, without framing.
    func look(at bytes: UnsafeRawBufferPointer) {
        if !isSettled { unsafe scanner.scan(bytes) }
    }

    /// To be called before bytes that were looked at go out. Throws where the answer must be cut.
    func letPass(_ answer: ScrapeAnswer, waitingWith parker: Parker) async throws(ScrapeError) {
        guard !isSettled else { return }
        if let name = scanner.shown.nodeName {
            isSettled = true
            findings.searched.insert(brought)
            try settle(by: .nodeName(name))
        } else if answer.isComplete {
            isSettled = true
            findings.searched.insert(brought)
            try await settleAtEnd(answer, parker)
        }
    }

    private func settle(by evidence: Evidence) throws(ScrapeError) {
        switch verifier.judge(evidence, check) {
        case .agrees: verifier.prove(findings, check, by: evidence.kind)
        case .contradicts: try verifier.refuse(evidence, findings, check)
        case .doubt, .nothing: break
        }
    }

    private func settleAtEnd(_ answer: ScrapeAnswer, _ parker: Parker) async throws(ScrapeError) {
        let shown = scanner.shown
        let ids = NodeInfo(shown)
        let evidence = Evidence.machine(ids)
        let judgement: EvidenceJudgement = shown.hasMachine ? verifier.judge(evidence, check) : .nothing
        switch judgement {
        case .agrees: try await settleByAgreeingIDs(answer, parker)
        case .contradicts:
            // A Node object may tell the ids of the machine before: the kubelet's name for itself outranks them.
            if try await askForName(answer, outranking: ids, parker) == .settled { return }
            try verifier.refuse(evidence, findings, check)
        case .doubt, .nothing:
            if !shown.hasMachine { verifier.count(brought == .nodeName ? .nodeName : .machine, .nothing) }
            guard check.requiresProof, !findings.suffice(check) else { return }
            if try await askForName(answer, outranking: nil, parker) == .settled { return }
            let why = brought == .nodeName ? "its /metrics has no kubelet_node_name" : "neither ids nor a name"
            try verifier.failToProve(findings, check, why)
        }
    }

    /// A kubelet that was restarted under another name shows the same ids as before: where something stronger contradicted the
    /// owner, even while this answer was on its way, the name decides. A kubelet that does not name itself was not restarted
    /// under another one.
    private func settleByAgreeingIDs(_ answer: ScrapeAnswer, _ parker: Parker) async throws(ScrapeError) {
        let refutation = verifier.identities.refutation(at: check.key)
        if check.outranksMachineIDs || refutation?.kind.outranksMachineIDs == true {
            switch try await askForName(answer, outranking: nil, parker) {
            case .settled: return
            case .silent: break
            case .notAsked:
                let why = "its ids agree, as they do under another name, and its connection ends before it can be asked"
                return try verifier.failToProve(findings, check, why)
            }
        }
        verifier.prove(findings, check, by: .machine)
    }

    private enum AskedName {
        /// The kubelet named itself, and was proved by it. A name that contradicts ends the answer instead.
        case settled
        case silent
        case notAsked
    }

    /// Asks over the same connection, between the body's last byte and its going out.
    private func askForName(
        _ answer: ScrapeAnswer, outranking outranked: NodeInfo?, _ parker: Parker
    ) async throws(ScrapeError) -> AskedName {
        guard brought != .nodeName, answer.mayCarryMore,
            let reply = try await verifier.reply(to: check.question(), over: answer.connection, parker)
        else { return .notAsked }
        guard let name = reply.shown.nodeName else { return .silent }
        let shown = Evidence.nodeName(name)
        switch verifier.judge(shown, check) {
        case .agrees: verifier.prove(findings, check, by: .nodeName, outrankedIDs: outranked)
        case .contradicts: try verifier.refuse(shown, findings, check)
        case .doubt, .nothing: return .silent
        }
        return .settled
    }
}
