import Addressing

/// Passes a request on to a kubelet of the same cluster, and its answer back as it comes, faults included.
struct NodeProxyOverHTTP1 {
    let proxy: NodeProxy
    let desk: APIDesk
    let connection: ServerConnection

    /// - Returns: whether the connection may be used again.
    func serve(_ request: ReceivedRequest) async throws(ConnectionEnd) -> Bool {
        guard let kubelet = desk.kubelet(at: proxy.kubelet) else {
            return try await refuse("dial tcp \(proxy.kubelet): connect: connection refused")
        }
        guard kubelet.speaksTLS == proxy.isTLS else {
            return try await refuse(
                proxy.isTLS
                    ? "http: server gave HTTP response to HTTPS client"
                    : "net/http: HTTP/1.x transport connection broken: malformed HTTP response")
        }
        guard let forwarded = forwarded(request) else { return try await refuse("malformed request") }
        let answered = try await kubelet.answer(
            proxied: forwarded, adding: Array(APIDesk.fields(contentType: "").prefix(2)), on: connection)
        return answered ? true : try await refuse("EOF")
    }

    /// As the kubelet gets it: the caller's credentials end here, the API server has a certificate of its own.
    private func forwarded(_ request: ReceivedRequest) -> ReceivedRequest? {
        let kept = request.fields.filter { !["host", "authorization", "connection"].contains($0.name.lowercased()) }
        let lines = kept.map { "\($0.name): \($0.value)\r\n" }.joined()
        let head =
            "\(request.method) \(proxy.target) HTTP/1.1\r\nHost: \(proxy.kubelet)\r\n\(lines)"
            + "X-Forwarded-For: 127.0.0.1\r\nX-Forwarded-Uri: \(request.target)\r\n\r\n"
        return ReceivedRequest(head: Array(head.utf8), connection: request.connection)
    }

    private func refuse(_ error: String) async throws(ConnectionEnd) -> Bool {
        let status = APIStatus.unreachable(error)
        let body = status.json.text + [UInt8(ascii: "\n")]
        let fields = APIDesk.fields(contentType: "application/json").map { "\($0.name): \($0.value)\r\n" }.joined()
        let head = StatusLine.text(status.code) + fields + "Content-Length: \(body.count)\r\n\r\n"
        try await connection.send(Array(head.utf8) + body)
        return true
    }
}
