import Addressing
import Crypto
import Foundation
import SwiftASN1
import Testing
import X509

@testable import Certificates

@Suite("A CA that signs for intercepted hosts")
struct SigningAuthorityTests {
    private func refusal(_ certificate: String, _ key: String, now: Int64 = 1_000_000) -> String? {
        do throws(AuthorityError) {
            _ = try SigningAuthority(certificatePEM: certificate, keyPEM: key, now: now)
            return nil
        } catch { return "\(error)" }
    }

    @Test("is taken with a key of any usual kind, and refused with words that say what is wrong")
    func loading() throws {
        for key in [
            Certificate.PrivateKey(P256.Signing.PrivateKey()), Certificate.PrivateKey(P384.Signing.PrivateKey()),
            Certificate.PrivateKey(P521.Signing.PrivateKey()), Certificate.PrivateKey(Curve25519.Signing.PrivateKey()),
        ] {
            let authority = try SelfSigned.authority(key)
            #expect(refusal(authority.certificatePEM, authority.keyPEM) == nil)
        }
        let authority = try SelfSigned.authority()
        let other = try SelfSigned.authority()
        let leaf = try SelfSigned(extensions: Certificate.Extensions { BasicConstraints.notCertificateAuthority })
        let plain = try SelfSigned(extensions: Certificate.Extensions())
        let crippled = try SelfSigned(
            extensions: Certificate.Extensions {
                Critical(BasicConstraints.isCertificateAuthority(maxPathLength: nil))
                Critical(KeyUsage(digitalSignature: true))
            })
        #expect(refusal("", authority.keyPEM)?.hasPrefix("holds no certificate") == true)
        #expect(refusal("garbage", authority.keyPEM)?.contains("no certificate") == true)
        #expect(refusal(authority.keyPEM, authority.keyPEM)?.hasPrefix("no certificate in PEM") == true)
        #expect(refusal(authority.certificatePEM, "")?.hasPrefix("no private key in PEM") == true)
        #expect(refusal(authority.certificatePEM, authority.certificatePEM)?.hasPrefix("no private key") == true)
        #expect(refusal(authority.certificatePEM, other.keyPEM)?.hasPrefix("this key does not belong") == true)
        #expect(refusal(leaf.certificatePEM, leaf.keyPEM)?.contains("is not a CA's") == true)
        #expect(refusal(plain.certificatePEM, plain.keyPEM)?.contains("is not a CA's") == true)
        #expect(refusal(crippled.certificatePEM, crippled.keyPEM)?.contains("key usage") == true)
        #expect(refusal(authority.certificatePEM, authority.keyPEM, now: 2_000_000)?.contains("expired") == true)
        #expect(refusal(authority.certificatePEM, authority.keyPEM, now: -10)?.contains("not yet valid") == true)
    }

    @Test("is made by generate, for leaves alone and ten years")
    func generated() throws {
        let made = try NewAuthority(commonName: "new", now: 1_000_000)
        let authority = try SigningAuthority(certificatePEM: made.certificatePEM, keyPEM: made.keyPEM, now: 1_000_000)
        #expect(authority.lifetime == CertificateLifetime(start: 996_400, end: 1_000_000 + 3_650 * 86_400))
        let certificate = try Certificate(pemEncoded: made.certificatePEM)
        #expect(try certificate.extensions.basicConstraints == .isCertificateAuthority(maxPathLength: 0))
        #expect(try certificate.extensions.keyUsage == KeyUsage(keyCertSign: true, cRLSign: true))
    }

    @Test(
        "signs for a name, or an address by its value",
        arguments: [
            ("node-a", GeneralName.dnsName("node-a")), ("Node-A.Example.", .dnsName("node-a.example")),
            ("10.0.0.5", GeneralName(IPAddress(v4: 0x0a00_0005))),
            ("[::ffff:10.0.0.5]", GeneralName(IPAddress(v4: 0x0a00_0005))),
            ("[2001:db8::1]", GeneralName(IPAddress(high: 0x2001_0db8_0000_0000, low: 1))),
        ])
    func names(host: String, name: GeneralName) throws {
        let made = try NewAuthority(commonName: "new", now: 1_000_000)
        let authority = try SigningAuthority(certificatePEM: made.certificatePEM, keyPEM: made.keyPEM, now: 1_000_000)
        let key = P256.Signing.PrivateKey()
        let (pem, lifetime) = try authority.issue(
            for: try #require(Host(host)), key: key.publicKey, validity: 86_400, now: 1_000_000)
        let leaf = try Certificate(pemEncoded: pem)
        #expect(try leaf.extensions.subjectAlternativeNames == SubjectAlternativeNames([name]))
        #expect(try leaf.extensions.extendedKeyUsage == ExtendedKeyUsage([.serverAuth]))
        #expect(try leaf.extensions.basicConstraints == .notCertificateAuthority)
        #expect(lifetime == CertificateLifetime(start: 996_400, end: 1_086_400))
        let issuer = try Certificate(pemEncoded: made.certificatePEM)
        #expect(leaf.issuer == issuer.subject && issuer.publicKey.isValidSignature(leaf.signature, for: leaf))
    }

    @Test("signs nothing that outlives it")
    func lifetime() throws {
        let made = try NewAuthority(commonName: "new", validity: 7_200, now: 1_000_000)
        let authority = try SigningAuthority(certificatePEM: made.certificatePEM, keyPEM: made.keyPEM, now: 1_000_000)
        let key = P256.Signing.PrivateKey().publicKey
        let leaf = try authority.issue(for: .name("a"), key: key, validity: 86_400, now: 1_000_000)
        #expect(leaf.lifetime.end == 1_007_200)
        let late = try authority.issue(for: .name("a"), key: key, validity: 86_400, now: 1_020_000)
        #expect(late.lifetime == CertificateLifetime(start: 1_007_199, end: 1_007_200))
    }
}

@Suite("The certificates of intercepted hosts")
struct LeafCertificatesTests {
    private func leaves(capacity: Int) throws -> LeafCertificates {
        let made = try NewAuthority(commonName: "new", now: 1_000_000)
        return LeafCertificates(
            try SigningAuthority(certificatePEM: made.certificatePEM, keyPEM: made.keyPEM, now: 1_000_000),
            capacity: capacity)
    }

    @Test("are signed once, and again when half their life is over")
    func renewed() throws {
        let leaves = try leaves(capacity: 8)
        let first = try leaves.certificate(for: .name("a"), now: 1_000_000)
        #expect(try leaves.certificate(for: .name("a"), now: 1_043_199) === first)
        let second = try leaves.certificate(for: .name("a"), now: 1_043_200)
        #expect(second !== first)
        #expect(try leaves.certificate(for: .name("a"), now: 1_043_201) === second)
        #expect(leaves.count == 1)
    }

    @Test("are no more than may be kept, and those in use stay")
    func bounded() throws {
        let leaves = try leaves(capacity: 8)
        let inUse = try leaves.certificate(for: .name("in-use"), now: 1_000_000)
        for number in 0..<50 {
            _ = try leaves.certificate(for: .name("n\(number)"), now: 1_000_000)
            #expect(try leaves.certificate(for: .name("in-use"), now: 1_000_000) === inUse)
            #expect(leaves.count <= 8)
        }
    }
}
