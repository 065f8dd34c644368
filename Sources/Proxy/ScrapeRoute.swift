import Addressing
import Connections
import EventLoop
import Exposition
import HTTP
import Identity
import Scraping
import Settings

/// The way to the kubelets: they are dialled, or asked through the API server (spec 8.3).
struct ScrapeRoute {
    let client: ScrapeClient
    /// Nil: kubelets are dialled (`via: direct`).
    var apiServer: APIServerRoute?

    /// The scrape as it goes out.
    func request(
        for request: RequestHead, _ intent: ScrapeIntent, _ kubelet: JudgedKubelet, _ plan: RewritePlan?,
        withAuthorization: Bool, with writer: inout HeadWriter
    ) throws(ErrorResponse) -> ScrapeRequest {
        if let apiServer, let node = kubelet.occupant {
            return try apiServer.request(
                for: node, port: kubelet.address.port, isOwnPort: kubelet.isOwnPort, isTLS: kubelet.isTLS, intent
            ) { nodeProxy in
                UpstreamHead.write(
                    request, intent, kubelet.address, withAuthorization: withAuthorization, plan, through: nodeProxy,
                    with: &writer)
            }
        }
        let head = UpstreamHead.write(
            request, intent, kubelet.address, withAuthorization: withAuthorization, plan, with: &writer)
        return ScrapeRequest(
            address: kubelet.address, isTLS: kubelet.isTLS, owner: kubelet.owner?.uid ?? "", isHead: intent.isHead,
            head: head)
    }

    func send(
        _ request: ScrapeRequest, waitingWith parker: Parker,
        after check: (UpstreamConnection) async throws(ScrapeError) -> Bool
    ) async throws(ScrapeError) -> ScrapeAnswer {
        guard let apiServer else { return try await client.scrape(request, waitingWith: parker, after: check) }
        do throws(ScrapeError) {
            return try await client.scrape(request, waitingWith: parker, after: check)
        } catch {
            // A name may stand for several addresses.
            guard case .unreachable(let failed, _) = error, let other = apiServer.address(after: failed) else {
                throw error
            }
            var request = request
            request.address = other
            return try await client.scrape(request, waitingWith: parker, after: check)
        }
    }
}
