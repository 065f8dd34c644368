import Addressing
import Certificates
import EventLoop
import Glibc
import HTTP
import Identity
import Instrumentation
import Listening
import Logging
import Settings
import TLS

/// The path of a CONNECT by a listener that intercepts: what the host alone decides is refused here, where a scraper still sees
/// a reason; then the proxy ends the TLS itself, and what comes inside is answered as if it had come with a URL (spec 3.7).
final class InterceptHandler {
    private struct Interceptor {
        let authority: SigningAuthority
        let leaves: LeafCertificates
        let context: TLSServerContext
    }

    private var interceptors: [Int: Interceptor] = [:]
    private let loop: EventLoop
    private let metrics: ProxyMetrics
    private let log: Logger

    init(on loop: EventLoop, metrics: ProxyMetrics, log: Logger) {
        self.loop = loop
        self.metrics = metrics
        self.log = log
    }

    /// Takes over the CAs of the listeners; certificates that were signed by one that stays are kept.
    func adopt(_ listeners: [ListenerSettings]) {
        for (index, listener) in listeners.enumerated() {
            guard let authority = listener.interception?.authority else { continue }
            guard interceptors[index]?.authority != authority else { continue }
            do throws(TLSError) {
                interceptors[index] = Interceptor(
                    authority: authority, leaves: LeafCertificates(authority),
                    context: try TLSServerContext(nil, protocols: ["h2", "http/1.1"]))
            } catch {
                log.error("Interception failed", metadata: ["listener": "\(listener.address)", "error": "\(error)"])
            }
        }
    }

    func intercepts(_ downstream: DownstreamConnection) -> Bool {
        interceptors[downstream.listener] != nil && downstream.tunnelTarget == nil
    }

    /// Judges the host, answers 200 and does the TLS handshake.
    ///
    /// - Returns: whether requests may follow.
    func open(
        _ request: RequestHead, to target: HostAndPort, port: UInt16, _ downstream: DownstreamConnection,
        judge: ScrapeJudge
    ) async throws(ErrorResponse) -> Bool {
        guard let interceptor = interceptors[downstream.listener] else { return false }
        guard !request.fields.contains(.upgrade) else {
            throw ErrorResponse(.methodNotAllowed, "Upgrade not allowed: a tunnel is by CONNECT alone")
        }
        try refuseWhatHostDecides(ConnectIntent(target.host, port: port), judge)
        let certificate: TLSCertificate
        do throws(AuthorityError) {
            certificate = try interceptor.leaves.certificate(for: target.host, now: Int64(time(nil)))
        } catch {
            log.error("No certificate for an intercepted host", metadata: ["host": "\(target)", "error": "\(error)"])
            return false
        }
        downstream.head.startResponse(200, reason: "Connection established")
        downstream.head.end()
        do throws(Interruption) { try await downstream.writeLast(downstream.head.bytes) } catch { return false }
        do throws(TLSError) {
            try await downstream.startTLS(interceptor.context, presenting: certificate, insideTunnelTo: target)
            return true
        } catch {
            metrics.failedInterceptions.increment()
            log.debug("TLS inside of a tunnel failed", metadata: ["host": "\(target)", "error": "\(error)"])
            return false
        }
    }

    private func refuseWhatHostDecides(_ intent: ConnectIntent, _ judge: ScrapeJudge) throws(ErrorResponse) {
        let verdict = try judge.verdict(on: intent.claim, at: intent.destination)
        if let reason = DropReason(verdict.reason), judge.mayDrop(verdict), !isDecidedInside(reason, verdict, judge) {
            throw judge.refusal(reason, verdict, claimsBy: .host)
        }
        if verdict.dialableAddress != nil { _ = try judge.kubelet(of: verdict, .forward) }
    }

    /// Of an address that several nodes claim, of a name whose scrapes may be rewritten, and where the kubelet is to be asked with
    /// the scrape's own credentials, only the scrape inside can tell.
    private func isDecidedInside(_ reason: DropReason, _ verdict: IdentityVerdict, _ judge: ScrapeJudge) -> Bool {
        if verdict.evidenceDemand == .inquiry { return true }
        switch reason {
        case .noClaim: return true
        case .staleIdentity, .moved, .unknownNode: return judge.configuration.settings.onStale == .rewrite
        default: return false
        }
    }
}
