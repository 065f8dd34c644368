import Certificates
import Foundation
import Testing

@testable import Settings

@Suite("The CA of interception")
struct InterceptionSettingsTests {
    private static let now = Int64(Date().timeIntervalSince1970)

    private func authority(validity: Int64 = 86_400) throws -> NewAuthority {
        try NewAuthority(commonName: "ca", validity: validity, now: Self.now)
    }

    /// Writes the two files and a configuration that names them, and loads it.
    private func load(
        _ certificate: String, _ key: String, _ body: (ProxySettings?, [SettingsError], URL) throws -> Void
    ) throws {
        let folder = URL.temporaryDirectory.appending(path: "ca-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try Data(certificate.utf8).write(to: folder.appending(path: "ca.crt"))
        try Data(key.utf8).write(to: folder.appending(path: "ca.key"))
        let yaml = """
            listeners:
              - address: 127.0.0.1:9480
                interception:
                  ca_cert_file: ca.crt
                  ca_key_file: ca.key
            """
        let file = folder.appending(path: "c.yaml")
        try Data(yaml.utf8).write(to: file)
        var (settings, errors): (ProxySettings?, [SettingsError]) = (nil, [])
        do throws(SettingsErrors) { settings = try ProxySettings.load(file: file.path) } catch { errors = error.errors }
        try body(settings, errors, folder)
    }

    @Test("is read with the settings")
    func taken() throws {
        let made = try authority()
        try load(made.certificatePEM, made.keyPEM) { settings, errors, folder in
            #expect(errors.isEmpty)
            let interception = try #require(settings?.listeners.first?.interception)
            #expect(
                interception.caCertFile == "\(folder.path)/ca.crt" && interception.caKeyFile == "\(folder.path)/ca.key")
            #expect(interception.authority.lifetime.end == Self.now + 86_400)
        }
    }

    @Test("is refused at the key whose file is to blame")
    func refused() throws {
        let (made, other, old) = (try authority(), try authority(), try authority(validity: -60))
        for (certificate, key, line, beginning) in [
            ("", made.keyPEM, 4, "ca_cert_file: FOLDER/ca.crt: holds no certificate"),
            (made.keyPEM, made.keyPEM, 4, "ca_cert_file: FOLDER/ca.crt: no certificate in PEM that can be read"),
            (made.certificatePEM, other.keyPEM, 5, "ca_key_file: FOLDER/ca.key: this key does not belong"),
            (made.certificatePEM, "x", 5, "ca_key_file: FOLDER/ca.key: no private key in PEM"),
            (old.certificatePEM, old.keyPEM, 4, "ca_cert_file: FOLDER/ca.crt: the CA's certificate has expired"),
        ] {
            try load(certificate, key) { settings, errors, folder in
                #expect(settings == nil && errors.count == 1)
                let text = errors.first?.description ?? ""
                let expected = "\(folder.path)/c.yaml:\(line): listeners[0].interception.\(beginning)"
                #expect(text.hasPrefix(expected.replacing("FOLDER", with: folder.path)), "\(text)")
                #expect(!text.contains("PRIVATE"))
            }
        }
    }

    @Test("may change in its files while the proxy runs")
    func reloaded() throws {
        let (made, other) = (try authority(), try authority())
        try load(made.certificatePEM, made.keyPEM) { settings, _, folder in
            let running = try #require(settings)
            try Data(other.certificatePEM.utf8).write(to: folder.appending(path: "ca.crt"))
            try Data(other.keyPEM.utf8).write(to: folder.appending(path: "ca.key"))
            let next = try running.reloaded(to: ProxySettings.load(file: folder.appending(path: "c.yaml").path))
            #expect(next.listeners[0].interception?.authority != running.listeners[0].interception?.authority)
            #expect(throws: SettingsReloadError.self) {
                try running.reloaded(to: ProxySettings(yaml: "", file: "c.yaml"))
            }
        }
    }
}
