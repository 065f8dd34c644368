import Addressing
import Certificates
import Crypto
import FoundationEssentials
import SwiftASN1
import X509

/// A CA with a P-256 key, for the fake cluster's own use: what it signs is good for tests and demos only.
package struct CertificateAuthority: Sendable {
    package let certificatePEM: String
    private let name: DistinguishedName
    private let key: P256.Signing.PrivateKey

    package init(commonName: String = "fake-cluster-ca") throws {
        key = P256.Signing.PrivateKey()
        name = try DistinguishedName { CommonName(commonName) }
        let lifetime = Lifetime(.now)
        let certificate = try Certificate(
            version: .v3, serialNumber: Certificate.SerialNumber(),
            publicKey: Certificate.PublicKey(key.publicKey), notValidBefore: lifetime.start,
            notValidAfter: lifetime.end, issuer: name, subject: name, signatureAlgorithm: .ecdsaWithSHA256,
            extensions: Certificate.Extensions {
                Critical(BasicConstraints.isCertificateAuthority(maxPathLength: nil))
                Critical(KeyUsage(digitalSignature: true, keyCertSign: true))
            },
            issuerPrivateKey: Certificate.PrivateKey(key))
        certificatePEM = try certificate.serializeAsPEM().pemString
    }

    /// Issues a certificate with a key of its own. A self-signed subject is signed by that key, not by the CA.
    package func issue(_ subject: CertificateSubject, valid validity: CertificateValidity = .now) throws
        -> FakeCertificate
    {
        if case .selfSignedKubelet = subject { return try Self.selfSign(subject, valid: validity) }
        return try Self.make(subject, validity, key: P256.Signing.PrivateKey(), issuer: name, signedBy: key)
    }

    /// A certificate that no CA vouches for.
    package static func selfSign(_ subject: CertificateSubject, valid validity: CertificateValidity = .now) throws
        -> FakeCertificate
    {
        let key = P256.Signing.PrivateKey()
        guard case .selfSignedKubelet(let host, let time) = subject else {
            return try make(subject, validity, key: key, issuer: subject.distinguishedName, signedBy: key)
        }
        // A kubelet makes itself a CA for this one certificate, and throws its key away.
        return try make(
            subject, validity, key: key, issuer: DistinguishedName { CommonName("\(host)-ca@\(time)") },
            signedBy: P256.Signing.PrivateKey())
    }

    private static func make(
        _ subject: CertificateSubject, _ validity: CertificateValidity, key: P256.Signing.PrivateKey,
        issuer: DistinguishedName, signedBy signer: P256.Signing.PrivateKey
    ) throws -> FakeCertificate {
        let lifetime = Lifetime(validity)
        let names = subject.alternativeNames
        let certificate = try Certificate(
            version: .v3, serialNumber: Certificate.SerialNumber(),
            publicKey: Certificate.PublicKey(key.publicKey), notValidBefore: lifetime.start,
            notValidAfter: lifetime.end, issuer: issuer, subject: subject.distinguishedName,
            signatureAlgorithm: .ecdsaWithSHA256,
            extensions: Certificate.Extensions {
                Critical(BasicConstraints.notCertificateAuthority)
                Critical(KeyUsage(digitalSignature: true))
                try ExtendedKeyUsage([subject.isClient ? .clientAuth : .serverAuth])
                if !names.isEmpty { SubjectAlternativeNames(names) }
            },
            issuerPrivateKey: Certificate.PrivateKey(signer))
        return FakeCertificate(
            certificatePEM: try certificate.serializeAsPEM().pemString, privateKeyPEM: key.pemRepresentation)
    }
}

/// A year on both sides of now, or a day that lies a month away.
private struct Lifetime {
    let start: Date
    let end: Date

    init(_ validity: CertificateValidity) {
        let day: TimeInterval = 86_400
        let now = Date()
        switch validity {
        case .now: (start, end) = (now - day, now + 365 * day)
        case .expired: (start, end) = (now - 31 * day, now - 30 * day)
        case .notYet: (start, end) = (now + 30 * day, now + 31 * day)
        }
    }
}

extension CertificateSubject {
    fileprivate var distinguishedName: DistinguishedName {
        get throws {
            switch self {
            case .kubelet(let node, _):
                try DistinguishedName {
                    OrganizationName("system:nodes")
                    CommonName("system:node:\(node)")
                }
            case .selfSignedKubelet(let host, let time): try DistinguishedName { CommonName("\(host)@\(time)") }
            case .server(let commonName, _, _): try DistinguishedName { CommonName(commonName) }
            case .client(let user, let groups):
                try DistinguishedName {
                    for group in groups { OrganizationName(group) }
                    CommonName(user)
                }
            }
        }
    }

    fileprivate var alternativeNames: [GeneralName] {
        switch self {
        case .kubelet(let node, let addresses): [.dnsName(node)] + addresses.map { GeneralName($0) }
        case .selfSignedKubelet(let host, _): [.dnsName(host)]
        case .server(_, let names, let addresses): names.map { .dnsName($0) } + addresses.map { GeneralName($0) }
        case .client: []
        }
    }
}
