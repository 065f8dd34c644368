import Discovery
import EventLoop
import Glibc
import HTTP
import Identity
import Listening
import Settings

/// Answers `GET /sd/kubelets` with the targets that exist now, as Prometheus' HTTP SD reads them (spec 9).
///
/// Prometheus takes an empty list as the truth and any error as "keep the last list": whenever the table can't be trusted, the
/// answer is an error.
struct ServiceDiscoveryHandler {
    let identities: IdentityStore
    let loop: EventLoop

    /// Kubelets between turns of the loop's other tasks: a millisecond or so.
    private static let turn = 8
    /// Milliseconds that a scraper may take to read it.
    private static let patience: UInt64 = 30_000

    /// - Returns: whether the answer went out whole.
    func answer(
        _ request: RequestHead, _ resource: PathAndQuery, _ configuration: ProxyConfiguration, keepsAlive: Bool,
        to downstream: DownstreamConnection
    ) async throws(ErrorResponse) -> Bool {
        guard request.method == .get || request.method == .head else {
            throw ErrorResponse(.methodNotAllowed, "Method not allowed: service discovery is GET or HEAD")
        }
        let query = try DiscoveryQuery(resource, configuration)
        var list = try await targets(query, configuration)
        let tag = list.finish()
        let isKnown = request.fields.list(.ifNoneMatch).map { Self.names(tag, in: $0) } ?? false
        downstream.head.startResponse(isKnown ? 304 : 200, reason: isKnown ? "Not Modified" : "OK")
        downstream.head.field("ETag", tag)
        if !isKnown {
            // Nothing else is read by Prometheus.
            downstream.head.field("Content-Type", "application/json" as StaticString)
            downstream.head.field("Content-Length", String(list.length))
        }
        if !keepsAlive { downstream.head.field("Connection", "close" as StaticString) }
        downstream.head.end()
        downstream.beginExchange(deadline: loop.now + Self.patience)
        do throws(Interruption) {
            try await downstream.write(downstream.head.bytes)
            if request.method == .get, !isKnown { try await write(list, to: downstream) }
            return true
        } catch { return false }
    }

    private func targets(
        _ query: DiscoveryQuery, _ configuration: ProxyConfiguration
    ) async throws(ErrorResponse) -> TargetList {
        let kubelets: [OwnedKubelet]
        do throws(UnusableTable) { kubelets = try identities.ownedKubelets().get() } catch {
            throw Self.refusal(error.verdict)
        }
        var list = TargetList(query, configuration.settings)
        let ports = configuration.settings.upstream.ports
        let isListed = query.port.map { ports.numbered[$0] != nil } ?? (ports.kubelet != nil)
        guard isListed || kubelets.contains(where: { list.address(of: $0) != nil }) else {
            throw ErrorResponse(
                .portNotAllowed, status: 400,
                query.port.map { "Port not allowed: \($0) is no kubelet's port, add it to upstream.ports" }
                    ?? "Port not allowed: upstream.ports has no kubelet, say which with ?port=")
        }
        for (position, kubelet) in kubelets.enumerated() {
            if position % Self.turn == Self.turn - 1 { await Task.yield() }
            if query.selector.matches(kubelet.node.node.labels) { list.append(kubelet) }
        }
        return list
    }

    private static func refusal(_ verdict: IdentityVerdict) -> ErrorResponse {
        var now = timespec()
        _ = unsafe clock_gettime(CLOCK_REALTIME, &now)
        return ErrorResponse(
            verdict.reason == .staleTable ? .staleTable : .notSynced, verdict.explanation(at: Int64(now.tv_sec)))
    }

    private func write(_ list: TargetList, to downstream: DownstreamConnection) async throws(Interruption) {
        var turn = ScrapeTurn()
        var sent = 0
        for block in list.blocks {
            try await downstream.write(block)
            sent += block.count
            await turn.moved(to: sent)
        }
    }

    /// Whether an `If-None-Match` lists the tag (RFC 9110 section 13.1.2).
    private static func names(_ tag: String, in list: String) -> Bool {
        list.split(separator: ",").contains { member in
            let member = member.drop { $0 == " " || $0 == "\t" }.reversed().drop { $0 == " " || $0 == "\t" }.reversed()
            let known = String(member)
            return known == "*" || known == tag || known == "W/\(tag)"
        }
    }
}
