import Addressing
import Connections
import EventLoop
import HTTP
import Identity
import Instrumentation
import Listening
import Logging
import Scraping
import Settings

/// The path of a CONNECT: judged by its host alone, then a tunnel until one side ends it or its verdict turns (spec 3.5).
final class ConnectHandler {
    var judge: ScrapeJudge {
        didSet { tunnels.judge = judge }
    }
    let tunnels: OpenTunnels
    private let loop: EventLoop
    private let metrics: ProxyMetrics
    private let verifier: IdentityVerifier
    private var settings: ProxySettings { judge.configuration.settings }

    init(_ judge: ScrapeJudge, _ verifier: IdentityVerifier, on loop: EventLoop, metrics: ProxyMetrics, log: Logger) {
        self.judge = judge
        self.verifier = verifier
        self.loop = loop
        self.metrics = metrics
        tunnels = OpenTunnels(judge, verifier, on: loop, metrics: metrics, log: log)
    }

    /// Judges and dials, and answers 200. Nothing of the tunnel's bytes has moved then.
    ///
    /// - Returns: what carries on with the connection.
    func open(
        _ request: RequestHead, _ host: Host, port: UInt16, to downstream: DownstreamConnection,
        _ scrape: inout ScrapeRecord
    ) async throws(ErrorResponse) -> JudgedTunnel {
        guard !request.fields.contains(.upgrade) else {
            throw ErrorResponse(.methodNotAllowed, "Upgrade not allowed: a tunnel is by CONNECT alone")
        }
        guard settings.upstream.via == .direct else {
            throw ErrorResponse(
                .methodNotAllowed, "CONNECT not allowed: no tunnel leads through the API server, use scheme http")
        }
        let intent = ConnectIntent(host, port: port)
        if intent.claim.isNone { metrics.unclaimedScrapes.increment() }
        let timeout = judge.configuration.timeout.usual
        let deadline = scrape.begun + timeout
        downstream.beginExchange(deadline: deadline)
        let verdict = try await verdict(on: intent, request, deadline: deadline, downstream)
        if let reason = DropReason(verdict.reason) {
            // Never rewritten, whatever `on_stale` says: the bytes are not ours to see.
            scrape.verdict = .drop(reason)
            if judge.mayDrop(verdict) { throw judge.refusal(reason, verdict, claimsBy: .host) }
        }
        // A tunnel carries any bytes, so that a port of scheme http is as good as one of https.
        let kubelet = try judge.kubelet(of: verdict, scrape.verdict)
        scrape.address = kubelet.address
        try tunnels.admit(kubelet, atMost: settings.limits.tunnels)
        do throws(ErrorResponse) {
            let upstream: UpstreamConnection
            do throws(ScrapeError) {
                let refusal = try await verifier.prove(
                    verdict, at: kubelet, for: request, deadline: deadline, waitingWith: downstream.parker)
                if let refusal { scrape.verdict = .drop(refusal) }
                upstream = try await dial(kubelet, waitingWith: downstream.parker)
            } catch { throw refusal(error, intent, kubelet, timeout) }
            try await accept(upstream, downstream, scrape)
            return JudgedTunnel(intent, kubelet, upstream, from: downstream, on: loop, metrics)
        } catch {
            tunnels.leave()
            throw error
        }
    }

    /// The verdict of the table; where several nodes are Ready, when the kubelet was asked (spec 6.4).
    private func verdict(
        on intent: ConnectIntent, _ request: RequestHead, deadline: UInt64, _ downstream: DownstreamConnection
    ) async throws(ErrorResponse) -> IdentityVerdict {
        let verdict = try judge.verdict(on: intent.claim, at: intent.destination)
        guard verdict.evidenceDemand == .inquiry, let key = verdict.evidenceKey, verdict.dialableAddress != nil else {
            return verdict
        }
        let kubelet = try judge.kubelet(of: verdict, .forward)
        await verifier.settle(
            key, at: kubelet.address, isTLS: kubelet.isTLS, for: request, deadline: deadline,
            waitingWith: downstream.parker)
        downstream.beginExchange(deadline: deadline)
        return try judge.verdict(on: intent.claim, at: intent.destination)
    }

    private func dial(
        _ kubelet: JudgedKubelet, waitingWith parker: Parker
    ) async throws(ScrapeError) -> UpstreamConnection {
        do throws(ConnectionError) {
            return try await UpstreamConnection.dial(
                kubelet.address, tls: nil, owner: kubelet.owner?.uid ?? "",
                timeout: settings.upstream.connectTimeout.milliseconds, on: loop, waitingWith: parker)
        } catch { throw ScrapeError(error, kubelet.address, during: .connecting) }
    }

    private func refusal(
        _ error: ScrapeError, _ intent: ConnectIntent, _ kubelet: JudgedKubelet, _ timeout: UInt64
    ) -> ErrorResponse {
        var refusal = ErrorResponse(error, timeout: timeout)
        refusal.claim = intent.claim.node
        refusal.address = kubelet.address
        refusal.owner = kubelet.owner?.name
        return refusal
    }

    /// No field of length or coding belongs into this answer (RFC 9110 section 9.3.6).
    private func accept(
        _ upstream: UpstreamConnection, _ downstream: DownstreamConnection, _ scrape: ScrapeRecord
    ) async throws(ErrorResponse) {
        downstream.head.startResponse(200, reason: "Connection established")
        AnswerHead.endTunnelHead(with: &downstream.head, scrape)
        do throws(Interruption) { try await downstream.write(downstream.head.bytes) } catch {
            upstream.close()
            throw ErrorResponse(error == .cancelled ? .shuttingDown : .downstreamGone, "The scraper went away")
        }
    }
}
