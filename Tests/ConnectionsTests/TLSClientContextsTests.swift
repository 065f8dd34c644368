import Certificates
import Foundation
import TLS
import Testing

@testable import Connections

@Suite("Contexts of TLS clients")
struct TLSClientContextsTests {
    private static func authority(_ name: String) throws -> Data {
        Data(try NewAuthority(commonName: name, now: 1_800_000_000).certificatePEM.utf8)
    }

    @Test("connections with the same credentials share one, whatever name they ask for, until a file changes")
    func shared() throws {
        let file = URL.temporaryDirectory.appending(path: "ca-\(UUID()).crt")
        defer { try? FileManager.default.removeItem(at: file) }
        try Self.authority("first").write(to: file, options: .atomic)
        let contexts = TLSClientContexts()
        let first = try contexts.context(for: TLSCredentials(caFile: file.path))
        #expect(try contexts.context(for: TLSCredentials(caFile: file.path, serverName: "kubelet")) === first)
        #expect(try contexts.context(for: TLSCredentials(caFile: file.path, skipsVerification: true)) !== first)
        try Self.authority("second").write(to: file, options: .atomic)
        let second = try contexts.context(for: TLSCredentials(caFile: file.path))
        #expect(second !== first)
        #expect(try contexts.context(for: TLSCredentials(caFile: file.path)) === second)
    }

    @Test("a file that is missing or holds no certificate is an error at each dial, and cured by the next one")
    func broken() throws {
        let file = URL.temporaryDirectory.appending(path: "ca-\(UUID()).crt")
        defer { try? FileManager.default.removeItem(at: file) }
        let contexts = TLSClientContexts()
        let credentials = TLSCredentials(caFile: file.path)
        #expect(throws: TLSError.self) { try contexts.context(for: credentials) }
        try Data("no certificate".utf8).write(to: file)
        #expect(throws: TLSError.self) { try contexts.context(for: credentials) }
        try Self.authority("good").write(to: file)
        #expect(throws: Never.self) { try contexts.context(for: credentials) }
    }

    @Test("many credentials push out the oldest")
    func bounded() throws {
        let contexts = TLSClientContexts()
        let credentials = try (0..<9).map { number in
            var credentials = TLSCredentials()
            credentials.caData = Array(try Self.authority("ca-\(number)"))
            return credentials
        }
        let first = try contexts.context(for: credentials[0])
        for other in credentials.dropFirst() { _ = try contexts.context(for: other) }
        #expect(try contexts.context(for: credentials[0]) !== first)
    }
}
