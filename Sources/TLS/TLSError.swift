/// What can go wrong in this room. Reasons are OpenSSL's words, translated in `OpenSSLErrors`.
package enum TLSError: Error, Hashable {
    /// A certificate, key or CA that can't be used: which one, and why.
    case unusableIdentity(source: String, reason: String)
    /// A peer that does not speak TLS, offers nothing acceptable, or whose certificate is refused.
    case handshakeFailed(reason: String)
    /// A record that fails to decrypt, or an alert from the peer, after the handshake.
    case broken(reason: String)
    /// The peer ended the connection without a close_notify: what it sent may be cut short (RFC 8446 section 6.1).
    case truncated
    case outOfMemory
}

extension TLSError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .unusableIdentity(let source, let reason): "\(source) can't be used: \(reason)"
        case .handshakeFailed(let reason): "TLS handshake failed: \(reason)"
        case .broken(let reason): "TLS connection broke: \(reason)"
        case .truncated: "TLS connection ended without close_notify"
        case .outOfMemory: "OpenSSL is out of memory"
        }
    }
}
