import Discovery
import EventLoop
import HTTP
import Scraping

/// What the API server says in a kubelet's place. It writes a JSON `Status`, a kubelet writes plain text: that tells them apart.
enum APIServerRefusal {
    private static let longestBody = 64 * 1024

    /// Reads the answer where it is the API server's own error, and throws that. One of the kubelet's is untouched.
    static func check(
        _ answer: ScrapeAnswer, node: String, waitingWith parker: Parker
    ) async throws(ScrapeError) {
        guard answer.head.status >= 400,
            answer.head.fields.first(.contentType)?.lowercased().hasPrefix("application/json") == true
        else { return }
        var body: [UInt8] = []
        while true {
            var position = 0
            while let run = try answer.nextData(from: &position) {
                unsafe body.append(contentsOf: answer.buffer.bytes[run])
            }
            answer.buffer.consume(position)
            if answer.isComplete || body.count > longestBody { break }
            try await answer.readMore(waitingWith: parker)
        }
        throw .refusedByAPIServer(explanation(of: APIStatus(httpStatus: answer.head.status, body: body), node: node))
    }

    static func explanation(of status: APIStatus, node: String) -> String {
        let phrase =
            switch status.code {
            case 401: "API server refuses the proxy's credentials (401): renew the kubeconfig's token, or log in again"
            case 403:
                "API server forbids it (403): user \(user(in: status.message)) may not get nodes/proxy, a ClusterRole grants that"
            case 404: "API server does not know node \(node) (404)"
            case 429: "API server is busy (429): scrape less often, or via: direct"
            case 503 where status.message.hasPrefix(unreachable):
                "Kubelet unreachable from the API server: \(status.message.dropFirst(unreachable.count))"
            default: "API server failed: \(status)"
            }
        return shortened(phrase)
    }

    private static let unreachable = "error trying to reach service: "

    /// `nodes "node-b" is forbidden: User "debugger" cannot get resource "nodes/proxy" ...`
    private static func user(in message: String) -> String {
        let parts = message.split(separator: "User \"", omittingEmptySubsequences: false)
        return parts.count > 1 ? "\(parts[1].prefix { $0 != "\"" })" : "of the kubeconfig"
    }

    private static func shortened(_ phrase: String) -> String {
        phrase.utf8.count <= 200 ? phrase : String(decoding: phrase.utf8.prefix(198), as: UTF8.self) + ".."
    }
}
