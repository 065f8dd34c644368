import Addressing
import Foundation
import TLS
import Testing

@testable import FakeCluster

/// What only a TLS client of few words shows: `openssl s_client`.
@Suite(.enabled(if: OpenSSLClient.isInstalled, "openssl is not installed"))
struct TLSSessionTests {
    @Test("A session is resumed by the kubelet that began it, and not by the one that took its address")
    func resumption() async throws {
        let cluster = try await FakeCluster.start()
        let old = try await cluster.kubelet("node-a")
        let session = try TemporaryFile("")
        let tls12 = ["-tls1_2", "-connect", "\(old.address)"]
        _ = try await OpenSSLClient.run(tls12 + ["-sess_out", session.path])
        let again = try await OpenSSLClient.run(tls12 + ["-sess_in", session.path])
        #expect(again.contains("Reused, TLSv1.2"))
        await old.stop()
        _ = try await cluster.kubelet("node-b", at: old.address)
        let other = try await OpenSSLClient.run(tls12 + ["-sess_in", session.path])
        #expect(other.contains("New, TLSv1.2"))
        #expect(other.contains("system:node:node-b"))
        await cluster.stop()
    }

    @Test("A whole chain is presented, leaf first")
    func chain() async throws {
        let cluster = try await FakeCluster.start()
        let leaf = try cluster.authority.issue(.kubelet(node: "node-a", addresses: [.loopbackV4]))
        let chain = leaf.certificatePEM + "\n" + cluster.authority.certificatePEM
        let identity = TLSIdentity(certificateChain: .text(chain), privateKey: .text(leaf.privateKeyPEM))
        let kubelet = try await cluster.kubelet("node-a", port: .certificate(identity))
        let shown = try await OpenSSLClient.run(["-showcerts", "-connect", "\(kubelet.address)"])
        #expect(shown.components(separatedBy: "BEGIN CERTIFICATE").count == 3)
        #expect(shown.contains("0 s:O = system:nodes, CN = system:node:node-a"))
        await cluster.stop()
    }

    @Test("The API server settles on what ALPN offers; a kubelet ignores it", arguments: ["h2", "http/1.1"])
    func alpn(name: String) async throws {
        let cluster = try await FakeCluster.start()
        let kubelet = try await cluster.kubelet("node-a")
        let api = try await OpenSSLClient.run(["-alpn", name, "-connect", "\(cluster.apiServer.address)"])
        #expect(api.contains("ALPN protocol: \(name)"))
        let silent = try await OpenSSLClient.run(["-alpn", name, "-connect", "\(kubelet.address)"])
        #expect(silent.contains("No ALPN negotiated"))
        await cluster.stop()
    }
}

enum OpenSSLClient {
    static let isInstalled = FileManager.default.isExecutableFile(atPath: "/usr/bin/openssl")

    /// Connects, ends at once, and returns what s_client printed.
    static func run(_ arguments: [String]) async throws -> String {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/openssl")
        process.arguments = ["s_client"] + arguments
        process.standardInput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        let output = Pipe()
        process.standardOutput = output
        return try await withCheckedThrowingContinuation { continuation in
            process.terminationHandler = { _ in
                let data = (try? output.fileHandleForReading.readToEnd()) ?? nil
                continuation.resume(returning: String(decoding: data ?? Data(), as: UTF8.self))
            }
            do { try process.run() } catch { continuation.resume(throwing: error) }
        }
    }
}
