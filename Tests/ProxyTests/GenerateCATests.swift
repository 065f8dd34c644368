import Foundation
import Testing

@Suite("generate ca")
struct GenerateCATests {
    private func inFolder(_ body: (URL) async throws -> Void) async throws {
        let folder = URL.temporaryDirectory.appending(path: "ca-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try await body(folder)
    }

    private func mode(_ file: URL) -> Int? {
        (try? FileManager.default.attributesOfItem(atPath: file.path))?[.posixPermissions] as? Int
    }

    @Test("writes a CA that interception takes, its key for the owner alone, and never over files that exist")
    func files() async throws {
        try await inFolder { folder async throws in
            let (certificate, key) = (folder.appending(path: "ca.crt"), folder.appending(path: "ca.key"))
            let made = try await RunningProxy.run(["generate", "ca", "--out", folder.path])
            #expect(made.status == 0 && made.errors.isEmpty, "\(made.errors)")
            #expect(mode(key) == 0o600)
            let first = try Data(contentsOf: certificate)
            let configuration = folder.appending(path: "proxy.yaml")
            try Data("listeners: [{interception: {ca_cert_file: ca.crt, ca_key_file: ca.key}}]\n".utf8).write(
                to: configuration)
            let checked = try await RunningProxy.run(["check-config", configuration.path])
            #expect(checked.status == 0, "\(checked.errors)")
            let again = try await RunningProxy.run(["generate", "ca", "--out", folder.path])
            #expect(again.status == 1 && again.errors.contains("File exists"))
            #expect(try Data(contentsOf: certificate) == first)
            // One of the two is in the way: the other one is not left behind.
            try FileManager.default.removeItem(at: key)
            #expect(try await RunningProxy.run(["generate", "ca", "--out", folder.path]).status == 1)
            #expect(!FileManager.default.fileExists(atPath: key.path))
            #expect(try Data(contentsOf: certificate) == first)
        }
    }

    @Test("says what is wrong with where it is to write")
    func errors() async throws {
        let run = try await RunningProxy.run(["generate", "ca", "--out", "/nowhere/at/all"])
        #expect(run.status == 1 && run.errors.contains("/nowhere/at/all/ca.key: No such file or directory"))
        #expect(try await RunningProxy.run(["generate", "nothing"]).status == 2)
    }
}
