import Discovery
import EventLoop
import Exposition
import HTTP
import Identity
import Scraping

/// Watches an answer while it streams on (spec 6.1): looks for evidence in its body, and for what others find out meanwhile about
/// the address (6.3). Its last bytes must not go out before the watch has let them pass.
final class EvidenceWatch {
    private let check: EvidenceCheck
    private let findings: PeerFindings
    private let verifier: IdentityVerifier
    /// Nil: the body brings nothing, or nothing that this connection did not show before.
    private let scanner: EvidenceScanner?
    private var isSettled = false

    /// Nil: the kubelet was proved to be the owner's once and for all, or the answer has no samples.
    init?(_ answer: ScrapeAnswer, _ check: EvidenceCheck, _ verifier: IdentityVerifier) {
        guard answer.head.status == 200, let findings = PeerFindings.known(of: answer.connection),
            findings.proof != .name, findings.refusal == nil
        else { return nil }
        self.check = check
        self.findings = findings
        self.verifier = verifier
        if let brought = check.brought, findings.isToBeSearched(for: brought, check.demand) {
            let fields = answer.head.fields
            scanner = EvidenceScanner(
                contentType: fields.list(.contentType), contentEncoding: fields.list(.contentEncoding),
                pool: verifier.gzip)
        } else {
            scanner = nil
        }
    }

    /// Whether it wants to see the bytes that are still to come.
    var isLooking: Bool { scanner != nil && !isSettled }

    /// Takes the next run of the body's bytes, without framing.
    func look(at bytes: UnsafeRawBufferPointer) {
        if !isSettled { unsafe scanner?.scan(bytes) }
    }

    /// To be called before bytes that were looked at go out. Throws where the answer must be cut.
    func letPass(_ answer: ScrapeAnswer, waitingWith parker: Parker) async throws(ScrapeError) {
        guard !isSettled else { return }
        if let name = scanner?.shown.nodeName {
            isSettled = true
            try settle(by: .nodeName(name))
        } else if answer.isComplete {
            isSettled = true
            try await settleAtEnd(answer, parker)
        }
    }

    private func settle(
        by evidence: Evidence, outranking outranked: NodeInfo? = nil
    ) throws(ScrapeError) {
        switch verifier.judge(evidence, check) {
        case .contradicts: try verifier.refuse(evidence, findings, check)
        case .agrees: verifier.prove(findings, check, by: evidence.kind, as: .name, outrankedIDs: outranked)
        case .agreesInMachine, .doubt, .nothing: break
        }
    }

    private func settleAtEnd(_ answer: ScrapeAnswer, _ parker: Parker) async throws(ScrapeError) {
        // Another scrape may have found out meanwhile that somebody else answers there, or the Nodes have changed.
        if verifier.identities.isDisputed(check.owner, at: check.key) { check.demand = .nameAnew }
        if let scanner, try await isSettled(by: scanner.shown, answer, parker) { return }
        guard !findings.suffice(for: check.demand) else { return }
        switch try await askForName(answer, outranking: nil, parker) {
        case .settled: break
        case .nameless where findings.suffice(for: check.demand):
            // By ids, which count from now on.
            verifier.prove(findings, check, by: .machine, as: .machineIDs)
        case .nameless:
            let why = scanner != nil && check.brought == .machineIDs ? "neither ids nor a name" : Self.noName
            try verifier.failToProve(findings, check, why)
        case .unanswered(let why): try verifier.failToProve(findings, check, why)
        }
    }

    private static let noName = "its /metrics has no kubelet_node_name"

    /// What the whole body showed, other than the kubelet's name.
    ///
    /// - Returns: whether there is nothing more to find out.
    private func isSettled(
        by shown: ShownIdentity, _ answer: ScrapeAnswer, _ parker: Parker
    ) async throws(ScrapeError) -> Bool {
        if let brought = check.brought { findings.searched.insert(brought) }
        if check.brought == .nodeName { findings.isNameless = true }
        guard shown.hasMachine else {
            verifier.count(check.brought == .nodeName ? .nodeName : .machine, .nothing)
            return false
        }
        let ids = NodeInfo(shown)
        let evidence = Evidence.machine(ids)
        switch verifier.judge(evidence, check) {
        case .agrees, .agreesInMachine:
            // Not in the place of a certificate that stands for the name.
            guard findings.proof == nil || !findings.suffice(for: check.demand) else { break }
            verifier.prove(findings, check, by: .machine, as: .machineIDs)
        case .contradicts:
            // A Node object may tell the ids of the machine before: the kubelet's name for itself outranks them.
            switch try await askForName(answer, outranking: ids, parker) {
            case .settled: break
            // A certificate that stands for the name does so too.
            case .unanswered where findings.proof == .certificate(isNamed: true) && findings.suffice(for: check.demand):
                break
            case .nameless, .unanswered: try verifier.refuse(evidence, findings, check)
            }
            return true
        case .doubt, .nothing: break
        }
        return false
    }

    private enum AskedName {
        /// The kubelet named itself, and was proved by it. A name that contradicts ends the answer instead.
        case settled
        /// It has no name to tell.
        case nameless
        case unanswered(String)
    }

    /// Asks over the same connection, between the body's last byte and its going out.
    private func askForName(
        _ answer: ScrapeAnswer, outranking outranked: NodeInfo?, _ parker: Parker
    ) async throws(ScrapeError) -> AskedName {
        if findings.isNameless { return .nameless }
        guard answer.mayCarryMore,
            let reply = try await verifier.reply(to: check.question(), over: answer.connection, parker)
        else { return .unanswered("its connection ends before it can be asked for its name") }
        if reply.isNameless { findings.isNameless = true }
        guard let name = reply.shown.nodeName else {
            return reply.isNameless ? .nameless : .unanswered(reply.failure)
        }
        try settle(by: .nodeName(name), outranking: outranked)
        return .settled
    }
}
