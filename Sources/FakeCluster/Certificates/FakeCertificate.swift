package import Addressing
package import TLS

/// A certificate with its key, as PEM. The chain holds the leaf alone: fake CAs issue directly.
package struct FakeCertificate: Hashable, Sendable {
    package let certificatePEM: String
    package let privateKeyPEM: String

    package var identity: TLSIdentity {
        TLSIdentity(certificateChain: .text(certificatePEM), privateKey: .text(privateKeyPEM))
    }
}

/// Whom a certificate is for, after what kubelets and API servers show (spec 6.1).
package enum CertificateSubject: Hashable, Sendable {
    /// Issued by the cluster's CA: `O=system:nodes, CN=system:node:NAME`, with the name and the addresses as SAN.
    case kubelet(node: String, addresses: [IPAddress])
    /// What a kubelet makes for itself: `CN=HOST@<time>`, SAN `DNS:HOST`.
    case selfSignedKubelet(host: String, madeAt: Int64)
    case server(commonName: String, names: [String], addresses: [IPAddress])
    /// A client: the CN is the user, each O a group (as in Kubernetes).
    case client(user: String, groups: [String])

    var isClient: Bool { if case .client = self { true } else { false } }
}

/// When a certificate is good, seen from now.
package enum CertificateValidity: Hashable, Sendable {
    case now
    case expired
    case notYet
}
