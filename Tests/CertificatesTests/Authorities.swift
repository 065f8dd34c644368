import Crypto
import Foundation
import SwiftASN1
import X509

/// A certificate that signs itself, of any kind, with its key. Moments are Unix seconds.
struct SelfSigned {
    let certificatePEM: String
    let keyPEM: String

    init(
        _ key: Certificate.PrivateKey = Certificate.PrivateKey(P256.Signing.PrivateKey()), from start: Double = 0,
        until end: Double = 2_000_000, extensions: Certificate.Extensions
    ) throws {
        let name = try DistinguishedName { CommonName("test CA") }
        let certificate = try Certificate(
            version: .v3, serialNumber: Certificate.SerialNumber(), publicKey: key.publicKey,
            notValidBefore: Date(timeIntervalSince1970: start), notValidAfter: Date(timeIntervalSince1970: end),
            issuer: name, subject: name, extensions: extensions, issuerPrivateKey: key)
        certificatePEM = try certificate.serializeAsPEM().pemString
        keyPEM = try key.serializeAsPEM().pemString
    }

    static func authority(
        _ key: Certificate.PrivateKey = Certificate.PrivateKey(P256.Signing.PrivateKey()), until end: Double = 2_000_000
    ) throws -> SelfSigned {
        try SelfSigned(key, until: end, extensions: .authority)
    }
}

extension Certificate.Extensions {
    static var authority: Certificate.Extensions {
        get throws {
            try Certificate.Extensions {
                Critical(BasicConstraints.isCertificateAuthority(maxPathLength: 0))
                Critical(KeyUsage(keyCertSign: true))
            }
        }
    }
}
