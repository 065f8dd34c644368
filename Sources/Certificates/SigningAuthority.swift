package import Addressing
package import Crypto
import FoundationEssentials
import SwiftASN1
import X509

/// A CA that can sign: its certificate and the key that belongs to it, read and found to fit.
package struct SigningAuthority: Sendable, Equatable {
    package let lifetime: CertificateLifetime
    /// What a server sends behind a leaf: those certificates of the CA's file that no client has as its root.
    package let intermediatesPEM: String
    private let certificate: Certificate
    private let key: Certificate.PrivateKey

    /// An hour, for clients whose clocks are late.
    private static let backdating: Int64 = 3_600

    /// - Parameters:
    ///   - certificatePEM: the CA's certificate; behind it those up to the root, if it is not one itself.
    ///   - keyPEM: unencrypted: EC (P-256, P-384, P-521), RSA or Ed25519.
    ///   - now: Unix seconds.
    package init(certificatePEM: String, keyPEM: String, now: Int64) throws(AuthorityError) {
        let chain = try Self.certificates(certificatePEM)
        certificate = chain[0]
        lifetime = CertificateLifetime(certificate.notValidBefore, certificate.notValidAfter)
        try Self.requireAuthority(certificate)
        guard now < lifetime.end else {
            throw .certificate("the CA's certificate has expired: make another one and let the scrapers trust it")
        }
        guard now >= lifetime.start else { throw .certificate("the CA's certificate is not yet valid: set the clock") }
        do { key = try Certificate.PrivateKey(pemEncoded: keyPEM) } catch {
            throw .key("no private key in PEM that can be read: an unencrypted one is needed, EC, RSA or Ed25519")
        }
        guard key.publicKey == certificate.publicKey else {
            throw .key("this key does not belong to the CA's certificate: name the files of one pair")
        }
        let intermediates = chain.filter { $0.issuer != $0.subject }
        intermediatesPEM = intermediates.compactMap { try? $0.serializeAsPEM().pemString }.joined(separator: "\n")
    }

    private static func certificates(_ pem: String) throws(AuthorityError) -> [Certificate] {
        let chain: [Certificate]
        do {
            chain = try PEMDocument.parseMultiple(pemString: pem).map { try Certificate(pemDocument: $0) }
        } catch { throw .certificate("no certificate in PEM that can be read") }
        guard !chain.isEmpty else { throw .certificate("holds no certificate") }
        return chain
    }

    private static func requireAuthority(_ certificate: Certificate) throws(AuthorityError) {
        let remedy = "make one with: kubelet-relabel-proxy generate ca"
        guard let constraints = try? certificate.extensions.basicConstraints,
            case .isCertificateAuthority = constraints
        else { throw .certificate("this certificate is not a CA's: \(remedy)") }
        guard let usage = try? certificate.extensions.keyUsage, !usage.keyCertSign else { return }
        throw .certificate("this CA's key usage does not allow it to sign certificates: \(remedy)")
    }

    /// Issues a certificate for one host, good for TLS servers (serverAuth) and nothing else.
    ///
    /// - Parameters:
    ///   - validity: seconds from now; it never outlives the CA.
    /// - Returns: the certificate in PEM, and when it is good.
    package func issue(
        for host: Host, key leaf: P256.Signing.PublicKey, validity: Int64, now: Int64
    ) throws(AuthorityError) -> (pem: String, lifetime: CertificateLifetime) {
        // Of a CA that expired meanwhile, scrapers are to see just that.
        let end = min(now + validity, lifetime.end)
        let lifetime = CertificateLifetime(start: min(max(now - Self.backdating, lifetime.start), end - 1), end: end)
        do {
            let identifier = try certificate.extensions.subjectKeyIdentifier?.keyIdentifier
            let leafCertificate = try Certificate(
                version: .v3, serialNumber: Certificate.SerialNumber(), publicKey: Certificate.PublicKey(leaf),
                notValidBefore: lifetime.startDate, notValidAfter: lifetime.endDate,
                issuer: certificate.subject,
                // Clients look at the alternative name; this one may have 64 characters at most (RFC 5280 appendix A.1).
                subject: DistinguishedName { CommonName(String("\(host)".prefix(64))) },
                extensions: Certificate.Extensions {
                    Critical(BasicConstraints.notCertificateAuthority)
                    Critical(KeyUsage(digitalSignature: true))
                    try ExtendedKeyUsage([.serverAuth])
                    SubjectAlternativeNames([GeneralName(host)])
                    if let identifier { AuthorityKeyIdentifier(keyIdentifier: identifier) }
                },
                issuerPrivateKey: key)
            return (try leafCertificate.serializeAsPEM().pemString, lifetime)
        } catch { throw .certificate("the CA can't sign: \(error)") }
    }
}
