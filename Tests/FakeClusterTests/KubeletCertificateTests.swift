import Addressing
import TLS
import Testing

@testable import FakeCluster

/// Certificates, judged by curl's OpenSSL.
@Suite(.enabled(if: Curl.isInstalled, "curl is not installed"))
struct KubeletCertificateTests {
    /// Exit codes of curl: 0 fine, 60 not trusted (unknown, expired, another's name).
    private func exitCode(of port: (FakeCluster) throws -> KubeletPort, _ more: [String] = []) async throws -> Int32 {
        let cluster = try await FakeCluster.start()
        let authority = try TemporaryFile(cluster.authority.certificatePEM)
        let kubelet = try await cluster.kubelet("node-a", port: try port(cluster))
        let answer = try await Curl.run(
            ["--cacert", authority.path] + more + ["https://\(kubelet.address)/metrics/slis"])
        await cluster.stop()
        return answer.exitCode
    }

    @Test("A kubelet's certificate is good for its address and its name, and for no other")
    func issued() async throws {
        #expect(try await exitCode(of: { _ in .issued(.now) }) == 0)
        let elsewhere = try #require(IPAddress("127.9.9.9"))
        let another = try await exitCode(of: { cluster in
            .certificate(
                try cluster.authority.issue(.kubelet(node: "node-b", addresses: [elsewhere])).identity)
        })
        #expect(another == 60)
    }

    @Test("Certificates can be out of their time", arguments: [CertificateValidity.expired, .notYet])
    func outOfTime(validity: CertificateValidity) async throws {
        #expect(try await exitCode(of: { _ in .issued(validity) }) == 60)
    }

    @Test("A self-signed certificate is trusted by nobody, and usable by those who do not care")
    func selfSigned() async throws {
        #expect(try await exitCode(of: { _ in .selfSigned }) == 60)
        #expect(try await exitCode(of: { _ in .selfSigned }, ["-k"]) == 0)
    }

    @Test("TLS 1.1 is refused, 1.2 and 1.3 are spoken", arguments: [("1.1", false), ("1.2", true), ("1.3", true)])
    func versions(version: String, isSpoken: Bool) async throws {
        // OpenSSL's default security level hides TLS 1.1 from clients.
        let arguments = ["--tlsv\(version)", "--tls-max", version, "--ciphers", "DEFAULT@SECLEVEL=0"]
        #expect(try await exitCode(of: { _ in .issued(.now) }, arguments) == (isSpoken ? 0 : 35))
    }

    @Test(
        "A context that can't work is refused with the reason",
        arguments: [
            ("", "k", "PEM text can't be used: holds no certificate"),
            ("c", "", "PEM text can't be used"),
            ("c", "other", "PEM text can't be used: key values mismatch"),
            ("garbage", "k", "PEM text can't be used: holds no certificate"),
            ("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "k", "PEM text can't be used"),
        ])
    func unusable(certificate: String, key: String, reason: String) throws {
        let authority = try CertificateAuthority()
        let good = try authority.issue(.server(commonName: "c", names: [], addresses: []))
        let other = try authority.issue(.server(commonName: "o", names: [], addresses: []))
        let identity = TLSIdentity(
            certificateChain: .text(certificate == "c" ? good.certificatePEM : certificate),
            privateKey: .text(key == "k" ? good.privateKeyPEM : key == "other" ? other.privateKeyPEM : key))
        let error = #expect(throws: TLSError.self) { _ = try TLSServerContext(identity) }
        #expect(error.map { "\($0)".hasPrefix(reason) } == true, "\(error as Any)")
    }

    @Test("A missing file is named")
    func missingFile() {
        let identity = TLSIdentity(
            certificateChain: .file(path: "/nosuch/tls.crt"), privateKey: .file(path: "/nosuch/tls.key"))
        let error = #expect(throws: TLSError.self) { _ = try TLSServerContext(identity) }
        #expect(error.map { "\($0)" } == "/nosuch/tls.crt can't be used: No such file or directory")
    }
}
