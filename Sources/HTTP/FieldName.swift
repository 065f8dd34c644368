/// The field names that this proxy acts on; all others are carried along unseen.
package enum FieldName: UInt8, Sendable {
    case other
    case host, connection, contentLength, transferEncoding, keepAlive, proxyConnection, te, trailer, upgrade, expect
    case proxyAuthorization, proxyAuthenticate, authorization, accept, acceptEncoding, contentType, contentEncoding
    case scrapeTimeout, verdict, vary, ifNoneMatch

    private static let known: [(name: StaticString, field: FieldName)] = [
        ("host", .host), ("connection", .connection), ("content-length", .contentLength),
        ("transfer-encoding", .transferEncoding), ("keep-alive", .keepAlive), ("proxy-connection", .proxyConnection),
        ("te", .te), ("trailer", .trailer), ("upgrade", .upgrade), ("expect", .expect),
        ("proxy-authorization", .proxyAuthorization), ("proxy-authenticate", .proxyAuthenticate),
        ("authorization", .authorization), ("accept", .accept), ("accept-encoding", .acceptEncoding),
        ("content-type", .contentType), ("content-encoding", .contentEncoding),
        ("x-prometheus-scrape-timeout-seconds", .scrapeTimeout), ("x-kubelet-relabel-proxy-verdict", .verdict),
        ("vary", .vary), ("if-none-match", .ifNoneMatch),
    ]

    /// Known names by length, so that a name is compared with one or two candidates at most.
    private static let byLength: [[(name: StaticString, field: FieldName)]] = (0...40).map { length in
        known.filter { $0.name.utf8CodeUnitCount == length }
    }

    init(_ name: UnsafeRawBufferPointer) {
        guard name.count < Self.byLength.count else {
            self = .other
            return
        }
        for candidate in Self.byLength[name.count] {
            let wanted = unsafe UnsafeRawBufferPointer(
                start: candidate.name.utf8Start, count: candidate.name.utf8CodeUnitCount)
            if unsafe equalsIgnoringCase(name, lowercase: wanted) {
                self = candidate.field
                return
            }
        }
        self = .other
    }

    /// Fields that mean something to one connection only (RFC 9110 section 7.6.1), and those that describe the framing, which each
    /// side writes anew.
    package var isHopByHop: Bool {
        switch self {
        case .connection, .keepAlive, .proxyConnection, .te, .trailer, .upgrade, .transferEncoding, .contentLength,
            .proxyAuthorization, .proxyAuthenticate, .host, .expect, .verdict:
            true
        default: false
        }
    }
}

/// Whether `bytes` are the ASCII letters of `lowercase` in any case.
func equalsIgnoringCase(_ bytes: UnsafeRawBufferPointer, lowercase: UnsafeRawBufferPointer) -> Bool {
    guard bytes.count == lowercase.count else { return false }
    for position in 0..<bytes.count {
        guard unsafe Grammar.folded(bytes[position]) == lowercase[position] else { return false }
    }
    return true
}
