/// Where certificates or a private key in PEM come from.
package enum PEMSource: Hashable, Sendable {
    case text(String)
    case file(path: String)
}

extension PEMSource: CustomStringConvertible {
    /// Never the text itself, which may be a private key.
    package var description: String {
        switch self {
        case .text: "PEM text"
        case .file(let path): path
        }
    }
}

/// A certificate chain, leaf first, and the leaf's private key (unencrypted).
package struct TLSIdentity: Hashable, Sendable {
    package let certificateChain: PEMSource
    package let privateKey: PEMSource

    package init(certificateChain: PEMSource, privateKey: PEMSource) {
        self.certificateChain = certificateChain
        self.privateKey = privateKey
    }
}

/// What a server asks of its clients. The cases are those of `client_auth_type` in Prometheus' web.yml.
package enum ClientCertificates: Hashable, Sendable {
    case notRequested
    /// Asked for, neither needed nor verified.
    case requested
    /// Needed, not verified.
    case required
    case verifiedIfGiven(authorities: PEMSource)
    case requiredAndVerified(authorities: PEMSource)
}
