import Addressing
import Connections
import Discovery
import EventLoop
import Exposition
import HTTP
import Identity
import Scraping
import Settings

/// Several nodes are Ready at one address: the kubelet itself is asked, once per change (spec 6.4).
extension IdentityVerifier {
    /// With a scrape in hand, which lends what it would send to authorize itself. Others for the same key wait for the outcome.
    ///
    /// - Parameter deadline: the loop's milliseconds.
    func settle(
        _ key: SocketAddress, at address: SocketAddress, isTLS: Bool, for request: RequestHead, deadline: UInt64,
        waitingWith parker: Parker
    ) async {
        parker.setDeadline(loop.now + (deadline - min(deadline, loop.now)) / 2)
        while inquiries[key] != nil, parker.interruption == nil {
            inquiries[key]?.append(parker)
            do throws(Interruption) { try await parker.wait() } catch { break }
        }
        // Another one may have asked in vain: of the proxy's own accord, or with a token that is refused.
        if inquiries[key] == nil, identities.evidenceDemand(at: key) == .inquiry {
            await inquire(key, at: address, isTLS: isTLS, lending: request, waitingWith: parker)
        }
        // What ended this must not end the scrape, which has a deadline of its own.
        if parker.interruption == .deadline { parker.reset() }
    }

    /// Of its own accord, as soon as several are Ready. A handshake may be all that it takes; a scraper's authorization is not
    /// at hand.
    func settle(_ keys: [SocketAddress]) async {
        for key in keys where inquiries[key] == nil && identities.evidenceDemand(at: key) == .inquiry {
            let ports = configuration.settings.upstream.ports
            guard let scheme = ports.scheme(of: key.port, kubeletPort: key.port) else { continue }
            let parker = Parker(loop)
            parker.setDeadline(loop.now + 2 * client.connectTimeout)
            await inquire(key, at: key, isTLS: scheme == .https, lending: nil, waitingWith: parker)
        }
    }

    /// One at a time for each key.
    private func inquire(
        _ key: SocketAddress, at address: SocketAddress, isTLS: Bool, lending request: RequestHead?,
        waitingWith parker: Parker
    ) async {
        inquiries[key] = []
        defer { for waiter in inquiries.removeValue(forKey: key) ?? [] { waiter.unpark() } }
        let question = EvidenceCheck.question(to: address, isTLS: isTLS, owner: "", in: request, configuration)
        do throws(ScrapeError) {
            let connection = try await client.connect(question, waitingWith: parker)
            defer { connection.close() }
            let fingerprint = connection.peerCertificate.flatMap { CertificateFingerprint($0.fingerprint) }
            if let certificate = connection.peerCertificate {
                if certificate.isVerified, let name = certificate.nodeName {
                    return learn(key, .certificate(node: name), fingerprint)
                }
                if let fingerprint, identities.isNamed(fingerprint),
                    isSettled(key, .fingerprint(fingerprint), fingerprint)
                {
                    return
                }
            }
            let mayAsk = request != nil || configuration.settings.upstream.authorization == .none || !isTLS
            var isSilent = false
            if mayAsk, let reply = try await self.reply(to: question, over: connection, parker) {
                if let name = reply.shown.nodeName { return learn(key, .nodeName(name), fingerprint) }
                if reply.shown.hasMachine, isSettled(key, .machine(NodeInfo(reply.shown)), fingerprint) { return }
                isSilent = reply.status == 200
            }
            // The weakest, where nothing stronger is to be had: it may break a tie (spec 6.5).
            if mayAsk, let certificate = connection.peerCertificate, !certificate.isVerified {
                if let fingerprint, isSettled(key, .fingerprint(fingerprint), fingerprint) { return }
                if isSettled(key, .hostNames(certificate.hostNames), fingerprint) { return }
            }
            if isSilent { act(on: identities.learnUndecided(at: key)) }
        } catch {
            // Unreachable: leases and ages decide, and the next scrape asks again.
        }
    }

    private func learn(_ key: SocketAddress, _ evidence: Evidence, _ fingerprint: CertificateFingerprint?) {
        _ = isSettled(key, evidence, fingerprint)
    }

    private func isSettled(
        _ key: SocketAddress, _ evidence: Evidence, _ fingerprint: CertificateFingerprint?
    ) -> Bool {
        let (answerer, changes) = identities.learnAnswerer(at: key, from: evidence, certificate: fingerprint)
        if answerer != nil {
            count(evidence.kind, .agrees)
        } else if changes.isEmpty {
            count(evidence.kind, .nothing)
        } else {
            count(evidence.kind, .contradicts(nil))
        }
        act(on: changes)
        return answerer != nil
    }
}
