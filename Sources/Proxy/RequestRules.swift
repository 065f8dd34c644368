import Addressing
import HTTP
import Settings

/// What a request is held to before anybody asks which node it is for (spec 11.2, 11.4).
extension RequestHead {
    func refuseBody() throws(ErrorResponse) {
        let framing: BodyFraming
        do throws(HTTPError) { framing = try bodyFraming() } catch { throw ErrorResponse(error) }
        guard framing != .none, framing != .length(0) else { return }
        var refusal =
            method == .get || method == .head || method == .connect
            ? ErrorResponse(.malformedRequest, status: 413, "Request body not allowed: a scrape has none")
            : ErrorResponse(.methodNotAllowed, "Method not allowed: a scrape is GET or HEAD")
        refusal.closesConnection = true
        throw refusal
    }

    /// Callers who need not say who they are use the kubeconfig's credentials. A web page that gives its own name the address of
    /// this machine must not be one of them: a browser sends that name as the host.
    func refuseStrangeHost(
        _ target: RequestTarget, on listener: ListenerSettings
    ) throws(ErrorResponse) {
        guard listener.authentication == .none, listener.address.port != nil else { return }
        switch target {
        case .absolute, .authority: return
        case .origin, .node, .discovery: break
        }
        switch fields.first(.host).flatMap({ HostAndPort($0) })?.host {
        case .address(let ip) where ip.isLoopback: return
        case .name("localhost"): return
        default:
            throw ErrorResponse(
                .forbidden, "Host not allowed: with via: api_server write localhost or a loopback address")
        }
    }
}
