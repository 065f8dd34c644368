import Addressing
import HTTP
import Scraping

/// An answer of the proxy's own: the only place that turns a reason into a status (spec 10).
struct ErrorResponse: Error {
    var reason: DropReason
    var status: Int
    /// Plain words in one line: Prometheus shows exactly this on its Targets page (spec 5.3).
    var phrase: String
    var claim: String?
    var address: SocketAddress?
    var owner: String?
    /// Seconds.
    var retryAfter: Int?
    /// Whether what follows on the connection can't be trusted to be a request.
    var closesConnection = false

    init(_ reason: DropReason, status: Int? = nil, _ phrase: String) {
        self.reason = reason
        self.status = status ?? reason.status
        self.phrase = phrase
    }

    /// A request that the grammar refused: where the next one begins is unknown.
    init(_ error: HTTPError) {
        switch error {
        case .malformed(let what): self.init(.malformedRequest, "Malformed request: \(what)")
        case .headTooLarge:
            self.init(.malformedRequest, status: 431, "Request header too large: \(error.text), see limits.header_size")
        case .headTimedOut:
            self.init(
                .malformedRequest, status: 408, "Request timeout: \(error.text), see limits.header_timeout")
        case .versionNotSupported:
            self.init(.malformedRequest, status: 505, "HTTP version not supported: \(error.text)")
        }
        closesConnection = true
    }

    /// A request target that was refused in a head that was well formed: the next request's place is known.
    init(inTarget error: HTTPError) {
        self.init(error)
        closesConnection = false
    }

    /// - Parameters:
    ///   - timeout: that the scrape had, in milliseconds.
    ///   - isOfAPIServer: whether it was the API server that was dialled.
    init(_ error: ScrapeError, timeout: UInt64, isOfAPIServer: Bool = false) {
        switch error {
        case .unreachable(let address, let what):
            let peer = isOfAPIServer ? "API server" : "Kubelet"
            self.init(.kubeletUnreachable, "\(peer) unreachable: \(address): \(what)")
        case .refusedByAPIServer(let what): self.init(.kubeletUnreachable, what)
        case .broken(let address, let what):
            self.init(.kubeletBroken, "Kubelet broken: \(address): \(what)")
        case .timeout(let address, let phase):
            let seconds = Duration.milliseconds(timeout).formatted
            self.init(.kubeletTimeout, "Kubelet timeout: \(address): \(phase.rawValue) after \(seconds)")
        case .notRewritable(let address, let what):
            self.init(.kubeletBroken, "Answer can't be rewritten: \(address): \(what)")
        case .wrongEvidence(_, let what): self.init(.wrongEvidence, what)
        case .unproven(_, let what): self.init(.unproven, what)
        case .downstreamGone: self.init(.downstreamGone, "The scraper closed the connection")
        case .cancelled: self.init(.shuttingDown, "Shutting down")
        }
    }

    /// The whole answer, head and body.
    ///
    /// - Parameters:
    ///   - asJSON: whether the body is JSON instead of a line of text.
    ///   - withoutBody: the request was HEAD: the head tells the length all the same.
    func write(
        to head: inout HeadWriter, requestID: String, asJSON: Bool, withoutBody: Bool, closes: Bool
    ) -> [UInt8] {
        let body = asJSON ? json(requestID) : text(requestID)
        head.startResponse(status, reason: phrase)
        head.field("Content-Type", asJSON ? "application/json" : "text/plain; charset=utf-8")
        head.field("Content-Length", String(body.utf8.count))
        head.field("X-Kubelet-Relabel-Proxy-Verdict", "drop; reason=\(reason.rawValue)")
        if let retryAfter { head.field("Retry-After", String(retryAfter)) }
        if status == 407 { head.field("Proxy-Authenticate", "Basic realm=\"kubelet-relabel-proxy\"") }
        if closes || closesConnection { head.field("Connection", "close") }
        head.end()
        return withoutBody ? head.bytes : head.bytes + Array(body.utf8)
    }

    private var facts: [(name: String, value: String)] {
        var facts: [(String, String)] = []
        if let claim { facts.append(("claim", claim)) }
        if let address { facts.append(("address", "\(address)")) }
        if let owner { facts.append(("owner", owner)) }
        return facts
    }

    private func text(_ requestID: String) -> String {
        let facts = (facts + [("request_id", requestID)]).map { "\($0.name)=\($0.value.onOneLine)" }
        return "\(reason.rawValue): \(phrase.onOneLine) (\(facts.joined(separator: " ")))\n"
    }

    private func json(_ requestID: String) -> String {
        let members = [("reason", reason.rawValue), ("message", phrase)] + facts + [("request_id", requestID)]
        let pairs = members.map { "\($0.0.jsonQuoted):\($0.1.jsonQuoted)" }
        return "{\(pairs.joined(separator: ","))}\n"
    }
}

extension String {
    /// What came from outside can't begin a second line.
    var onOneLine: String {
        unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x7f }
            ? String(String.UnicodeScalarView(unicodeScalars.map { $0.value < 0x20 || $0.value == 0x7f ? " " : $0 }))
            : self
    }

    /// As a JSON string (RFC 8259 section 7).
    var jsonQuoted: String {
        var quoted = "\""
        for scalar in unicodeScalars {
            switch scalar {
            case "\"": quoted += "\\\""
            case "\\": quoted += "\\\\"
            case "\n": quoted += "\\n"
            case "\r": quoted += "\\r"
            case "\t": quoted += "\\t"
            default:
                if scalar.value < 0x20 {
                    let hex = String(scalar.value, radix: 16)
                    quoted += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
                } else {
                    quoted.unicodeScalars.append(scalar)
                }
            }
        }
        return quoted + "\""
    }
}

extension Duration {
    /// `9.75s`
    var formatted: String {
        let milliseconds = components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000
        let rest = milliseconds % 1000
        guard rest != 0 else { return "\(milliseconds / 1000)s" }
        var digits = String(rest + 1000).dropFirst()
        while digits.last == "0" { digits.removeLast() }
        return "\(milliseconds / 1000).\(digits)s"
    }

    var milliseconds: UInt64 {
        UInt64(max(0, components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000))
    }
}
