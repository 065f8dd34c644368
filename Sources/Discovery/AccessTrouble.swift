extension KubernetesAccess {
    /// Asks the API server for a node, as whoever follows them will have to.
    ///
    /// - Returns: what is wrong, whose it is and what helps, in one line; nil: all is well.
    package func trouble() async -> String? {
        let found = await withCheckedContinuation { continuation in
            BlockingThread.start { continuation.resume(returning: probe()) }
        }
        return found.map { "\(who): \($0)" }
    }

    /// `context prod, user alice (/home/alice/.kube/config)`
    package var who: String {
        let names = [context.map { "context \($0)" }, user.map { "user \($0)" }].compactMap { $0 }
        return names.isEmpty ? origin : "\(names.joined(separator: ", ")) (\(origin))"
    }

    private func probe() -> String? {
        do throws(APIClientError) {
            let response = try KubernetesAPIClient(self).get("/api/v1/nodes?limit=1", silence: .seconds(15))
            guard response.status != 200 else { return nil }
            return Self.explanation(
                of: APIStatus(httpStatus: response.status, body: response.body), from: server)
        } catch {
            switch error {
            case .credentialUnreadable: return "\(error)"
            default:
                return "the API server can't be reached: \(error): check the network or VPN, or name another context"
            }
        }
    }

    private static func explanation(of status: APIStatus, from server: String) -> String {
        switch status.code {
        case 401:
            "\(server) refuses the credentials (401 \(status.message)): they have expired or are not this cluster's; "
                + "log in again, or renew the user's token"
        case 403: "\(server) forbids it (403): \(status.message): grant the user get, list and watch of nodes"
        default: "\(server) answers \(status): is it a Kubernetes API server?"
        }
    }
}
