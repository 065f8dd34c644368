import EventLoop
import HTTP
import Listening

/// Answers on the admin listener: finds the page and writes it.
final class AdminHandler: RequestHandler {
    private let pages: AdminPages
    private let loop: EventLoop

    init(_ pages: AdminPages, on loop: EventLoop) {
        self.pages = pages
        self.loop = loop
    }

    func answer(_ request: RequestHead, to downstream: DownstreamConnection) async -> Bool {
        // Nothing is carried out for a request whose end is in doubt.
        let framing: BodyFraming
        do throws(HTTPError) { framing = try request.bodyFraming() } catch {
            await refuse(error, to: downstream)
            return false
        }
        let page = page(for: request)
        // A request's body is not read: what follows on the connection would be taken for a request.
        let keepsAlive = request.keepsAlive && (framing == .none || framing == .length(0))
        return await write(page, withoutBody: request.method == .head, keepsAlive: keepsAlive, to: downstream)
            && keepsAlive
    }

    func refuse(_ error: HTTPError, to downstream: DownstreamConnection) async {
        let status = ErrorResponse(error).status
        let page = AdminPage(status: status, body: "Bad request: \(error.text)\n")
        _ = await write(page, withoutBody: false, keepsAlive: false, to: downstream)
    }

    private func page(for request: RequestHead) -> AdminPage {
        let target: RequestTarget
        do throws(HTTPError) { target = try RequestTarget(request) } catch {
            return AdminPage(status: 400, body: "Bad request: \(error.text)\n")
        }
        guard case .origin(let resource) = target else {
            return AdminPage(
                status: 400, body: "This is the admin listener: scrapes go to the address in `listeners`\n")
        }
        if resource.path == "/-/reload" {
            guard request.method == .post || request.method == .put else {
                return AdminPage(status: 405, body: "Only POST or PUT requests allowed\n", allow: "POST, PUT")
            }
            return pages.reload()
        }
        guard request.method == .get || request.method == .head else {
            return AdminPage(status: 405, body: "Only GET and HEAD requests allowed\n", allow: "GET, HEAD")
        }
        return pages.page(at: resource)
    }

    private func write(
        _ page: AdminPage, withoutBody: Bool, keepsAlive: Bool, to downstream: DownstreamConnection
    ) async -> Bool {
        downstream.head.startResponse(page.status, reason: page.reason)
        downstream.head.field("Content-Type", page.contentType)
        downstream.head.field("Content-Length", String(page.body.utf8.count))
        if let allow = page.allow { downstream.head.field("Allow", allow) }
        if !keepsAlive { downstream.head.field("Connection", "close" as StaticString) }
        downstream.head.end()
        let bytes = withoutBody ? downstream.head.bytes : downstream.head.bytes + Array(page.body.utf8)
        downstream.beginExchange(deadline: loop.now + 30_000)
        do throws(Interruption) {
            try await downstream.write(bytes)
            return true
        } catch { return false }
    }
}
