/// The field names that this proxy acts on; all others are carried along unseen.
package enum FieldName: UInt8, Sendable {
    case other
    case host, connection, contentLength, transferEncoding, keepAlive, proxyConnection, te, trailer, upgrade, expect
    case proxyAuthorization, proxyAuthenticate, authorization, accept, acceptEncoding, contentType, contentEncoding
    case scrapeTimeout, verdict, vary, ifNoneMatch

    /// - Parameter name: in any case. Its length leaves one or two candidates; a table of them would be a global, which costs a
    ///   call for each field of each message.
    init(_ name: UnsafeRawBufferPointer) {
        let isNamed = { (text: StaticString) in unsafe equalsIgnoringCase(name, text) }
        self =
            switch name.count {
            case 2 where isNamed("te"): .te
            case 4 where isNamed("host"): .host
            case 4 where isNamed("vary"): .vary
            case 6 where isNamed("accept"): .accept
            case 6 where isNamed("expect"): .expect
            case 7 where isNamed("trailer"): .trailer
            case 7 where isNamed("upgrade"): .upgrade
            case 10 where isNamed("connection"): .connection
            case 10 where isNamed("keep-alive"): .keepAlive
            case 12 where isNamed("content-type"): .contentType
            case 13 where isNamed("authorization"): .authorization
            case 13 where isNamed("if-none-match"): .ifNoneMatch
            case 14 where isNamed("content-length"): .contentLength
            case 15 where isNamed("accept-encoding"): .acceptEncoding
            case 16 where isNamed("proxy-connection"): .proxyConnection
            case 16 where isNamed("content-encoding"): .contentEncoding
            case 17 where isNamed("transfer-encoding"): .transferEncoding
            case 18 where isNamed("proxy-authenticate"): .proxyAuthenticate
            case 19 where isNamed("proxy-authorization"): .proxyAuthorization
            case 31 where isNamed("x-kubelet-relabel-proxy-verdict"): .verdict
            case 35 where isNamed("x-prometheus-scrape-timeout-seconds"): .scrapeTimeout
            default: .other
            }
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
func equalsIgnoringCase(_ bytes: UnsafeRawBufferPointer, _ lowercase: StaticString) -> Bool {
    unsafe equalsIgnoringCase(
        bytes,
        lowercase: UnsafeRawBufferPointer(start: lowercase.utf8Start, count: lowercase.utf8CodeUnitCount))
}

/// Whether `bytes` are the ASCII letters of `lowercase` in any case.
func equalsIgnoringCase(_ bytes: UnsafeRawBufferPointer, lowercase: UnsafeRawBufferPointer) -> Bool {
    guard bytes.count == lowercase.count else { return false }
    for position in 0..<bytes.count {
        guard unsafe Grammar.folded(bytes[position]) == lowercase[position] else { return false }
    }
    return true
}
