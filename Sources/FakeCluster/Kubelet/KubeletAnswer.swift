/// What a fake kubelet answers to one request: decided without I/O.
struct KubeletAnswer {
    var status = 200
    var fields: [(name: String, value: String)] = []
    var body: PiecedBytes
    /// nil: no body is sent, whatever the head says (HEAD).
    var chunkSize: Int?
    var hasBody = true
    var closes = false

    private static let text = "text/plain; charset=utf-8"

    /// - Parameters:
    ///   - isLast: of its connection.
    ///   - find: the body in a format; no text for a path that does not exist.
    init(
        to request: ReceivedRequest, _ behaviour: KubeletBehaviour, isLast: Bool = false,
        find: (KubeletFormat) -> MetricsBody?
    ) {
        closes = isLast || request.asksToClose || behaviour.framing == .untilClose
        body = PiecedBytes([])
        if case .answers(let status) = behaviour.fault {
            refuse(status, Self.reason(status, verb: "get"))
        } else if let refusal = Self.refusal(of: request, behaviour) {
            refuse(refusal.status, refusal.text)
        } else if let text = find(.text) {
            let accept = request["accept"] ?? ""
            let format = KubeletFormat(
                accept: accept, serving: Set([.protobuf, .openMetrics].filter { find($0) != nil }))
            give(find(format) ?? text, format.contentType(accept: accept), to: request, behaviour)
        } else {
            refuse(404, "404 page not found\n")
            fields.append(("X-Content-Type-Options", "nosniff"))
        }
        if request.method == "HEAD" { hasBody = false }
    }

    private static func refusal(of request: ReceivedRequest, _ behaviour: KubeletBehaviour) -> (
        status: Int, text: String
    )? {
        if case .tokens(let allowed, let forbidden) = behaviour.authorization {
            let words = (request["authorization"] ?? "").split(separator: " ", maxSplits: 1)
            let token = words.count == 2 && words[0].lowercased() == "bearer" ? String(words[1]) : ""
            if forbidden.contains(token) { return (403, reason(403, verb: "get")) }
            guard allowed.contains(token) else { return (401, reason(401, verb: "get")) }
        }
        switch request.method {
        case "GET": return nil
        case "HEAD": return behaviour.allowsHead ? nil : (403, reason(403, verb: "head"))
        case "POST": return (403, reason(403, verb: "create"))
        case "DELETE": return (403, reason(403, verb: "delete"))
        default: return (403, reason(403, verb: "update"))
        }
    }

    private static func reason(_ status: Int, verb: String) -> String {
        switch status {
        case 401: "Unauthorized"
        case 403: "Forbidden (user=prometheus, verb=\(verb), resource=nodes, subresource(s)=[metrics])"
        case 500: "Authorization error (user=prometheus, verb=\(verb), resource=nodes, subresource=metrics)"
        default: "status \(status)\n"
        }
    }

    private mutating func refuse(_ status: Int, _ text: String) {
        self.status = status
        body = PiecedBytes([Array(text.utf8)])
        fields.append(("Date", HTTPDate.now))
        fields.append(("Content-Length", "\(body.count)"))
        fields.append(("Content-Type", Self.text))
    }

    private mutating func give(
        _ found: MetricsBody, _ contentType: String, to request: ReceivedRequest, _ behaviour: KubeletBehaviour
    ) {
        let compresses =
            switch behaviour.compression {
            case .never: false
            case .always: true
            case .whenOffered: request.accepts(encoding: "gzip")
            }
        body = compresses ? found.gzip : found.plain
        if compresses { fields.append(("Content-Encoding", "gzip")) }
        fields.append(("Content-Type", contentType))
        fields.append(("Process-Start-Time-Unix", "1795478085"))
        fields.append(("Date", HTTPDate.now))
        switch behaviour.framing {
        case .automatic where body.count <= 2048, .contentLength:
            fields.append(("Content-Length", "\(body.count)"))
        case .automatic: chunk(compresses ? 2048 : 4096)
        case .chunked(let size): chunk(size)
        case .untilClose: break
        }
        if closes { fields.append(("Connection", "close")) }
    }

    private mutating func chunk(_ size: Int) {
        chunkSize = size
        fields.append(("Transfer-Encoding", "chunked"))
    }

    var head: [UInt8] {
        let lines = fields.map { "\($0.name): \($0.value)\r\n" }
        return Array((StatusLine.text(status) + lines.joined() + "\r\n").utf8)
    }
}
