import Crypto
import SwiftASN1
import X509

/// A CA that was just made: a P-256 key and its certificate, which may sign leaves and no further CAs.
package struct NewAuthority: Sendable {
    package let certificatePEM: String
    package let keyPEM: String

    /// Ten years: who has to let each scraper trust it does so once for the life of a cluster.
    package static let validity: Int64 = 3_650 * 86_400

    /// - Parameter now: Unix seconds.
    package init(commonName: String, validity: Int64 = Self.validity, now: Int64) throws {
        let key = P256.Signing.PrivateKey()
        let name = try DistinguishedName { CommonName(commonName) }
        let publicKey = Certificate.PublicKey(key.publicKey)
        let lifetime = CertificateLifetime(start: now - 3_600, end: now + validity)
        let certificate = try Certificate(
            version: .v3, serialNumber: Certificate.SerialNumber(), publicKey: publicKey,
            notValidBefore: lifetime.startDate, notValidAfter: lifetime.endDate, issuer: name, subject: name,
            extensions: Certificate.Extensions {
                Critical(BasicConstraints.isCertificateAuthority(maxPathLength: 0))
                Critical(KeyUsage(keyCertSign: true, cRLSign: true))
                SubjectKeyIdentifier(hash: publicKey)
            },
            issuerPrivateKey: Certificate.PrivateKey(key))
        certificatePEM = try certificate.serializeAsPEM().pemString + "\n"
        keyPEM = key.pemRepresentation + "\n"
    }
}
