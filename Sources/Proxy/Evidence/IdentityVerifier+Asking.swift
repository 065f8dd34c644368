import Connections
import Discovery
import EventLoop
import Exposition
import HTTP
import Identity
import Scraping

/// The proxy's own `GET /metrics`, over the connection in question.
extension IdentityVerifier {
    /// What a kubelet said when it was asked who it is.
    struct Reply {
        let status: Int
        let shown: ShownIdentity
        /// Whether the connection may carry more.
        let isFit: Bool

        /// It answered as it should, and had no name to tell: it is too old.
        var isNameless: Bool { status == 200 && shown.nodeName == nil }

        /// The strongest that it showed.
        var evidence: Evidence? {
            if let name = shown.nodeName { return .nodeName(name) }
            return shown.hasMachine ? .machine(NodeInfo(shown)) : nil
        }

        /// In words, where that was nothing.
        var failure: String {
            status == 200
                ? "its /metrics has no kubelet_node_name" : "its /metrics answers \(status), with this authorization"
        }
    }

    /// Asks before the scrape is sent.
    ///
    /// - Returns: whether the connection may carry the scrape.
    func ask(
        _ connection: UpstreamConnection, _ findings: PeerFindings, _ check: EvidenceCheck, _ parker: Parker
    ) async throws(ScrapeError) -> Bool {
        // Half of what is left, so that the scrape has its share, or the scraper learns why there is none.
        parker.setDeadline(loop.now + (check.deadline - min(check.deadline, loop.now)) / 2)
        // Nothing is demanded that was not shown: the scrape goes on whatever comes of the question.
        let isDoubtAlone = findings.suspicion == nil && findings.suffice(for: check.demand)
        let reply: Reply
        do throws(ScrapeError) {
            guard let answered = try await self.reply(to: check.question(), over: connection, parker) else {
                // One that was kept may have been closed by the kubelet just now.
                if isDoubtAlone, connection.lastAnswer == nil {
                    former.askedInVain(at: check.address, of: check.owner)
                }
                parker.setDeadline(check.deadline)
                return false
            }
            reply = answered
        } catch {
            switch error {
            case .timeout where !isDoubtAlone:
                try failToProve(findings, check, "no answer to /metrics in half of the scrape's time")
                throw error
            case .timeout, .broken:
                guard isDoubtAlone else { throw error }
                // The connection ends with its question. The scrape has the other half, over another one.
                former.askedInVain(at: check.address, of: check.owner)
                if parker.interruption == .deadline { parker.reset() }
                parker.setDeadline(check.deadline)
                return false
            default: throw error
            }
        }
        parker.setDeadline(check.deadline)
        findings.searched.insert(.nodeName)
        try conclude(from: reply, findings, check)
        return reply.isFit
    }

    /// Reads the whole answer, so that the connection can carry more. Nil: the connection was dead.
    func reply(
        to question: ScrapeRequest, over connection: UpstreamConnection, _ parker: Parker
    ) async throws(ScrapeError) -> Reply? {
        guard let answer = try await client.ask(question, over: connection, waitingWith: parker) else { return nil }
        let head = answer.head
        let scanner = EvidenceScanner(
            contentType: head.status == 200 ? head.fields.list(.contentType) : nil,
            contentEncoding: head.fields.list(.contentEncoding), pool: gzip)
        var turn = ScrapeTurn()
        var total = 0
        do throws(ScrapeError) {
            while true {
                let count = try unsafe answer.bodyBytesInBuffer { unsafe scanner.scan($0) }
                answer.buffer.consume(count)
                total += count
                if answer.isComplete { break }
                await turn.moved(to: total)
                try await answer.readMore(waitingWith: parker)
            }
        } catch {
            answer.abandon()
            throw error
        }
        return Reply(status: head.status, shown: scanner.shown, isFit: answer.release())
    }

    private func conclude(
        from reply: Reply, _ findings: PeerFindings, _ check: EvidenceCheck
    ) throws(ScrapeError) {
        if reply.isNameless { findings.isNameless = true }
        if let evidence = reply.evidence {
            switch judge(evidence, check) {
            case .agrees: return prove(findings, check, by: evidence.kind, as: .name)
            case .agreesInMachine: return prove(findings, check, by: evidence.kind, as: .machineIDs)
            case .contradicts: return try refuse(evidence, findings, check)
            case .doubt, .nothing: break
            }
        } else {
            count(.nodeName, .nothing)
        }
        if let suspicion = findings.suspicion { return try refuse(suspicion, findings, check) }
        findings.endDoubt()
        if findings.isNameless {
            former.askedInVain(at: check.address, of: check.owner)
            if let certificate = findings.certificate { identities.noteSilence(certificate, of: check.owner) }
        }
        // The ids that the answer brings are the evidence that there is then.
        if findings.suffice(for: check.demand) || findings.isNameless && check.brought == .machineIDs { return }
        try failToProve(findings, check, reply.failure)
    }
}

extension NodeInfo {
    init(_ shown: ShownIdentity) {
        self.init(machineID: shown.machineID, systemUUID: shown.systemUUID, bootID: shown.bootID)
    }
}
