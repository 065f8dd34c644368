package import Certificates
import Foundation

/// One address where scrapes come in.
package struct ListenerSettings: Sendable, Equatable {
    package var address = ListenAddress.loopback(port: 9480)
    /// Prometheus' web.yml: TLS, client certificates, basic auth.
    package var webConfigFile: String?
    package var authentication = CallerAuthentication.none
    /// Whether `none` is wanted on an address that others can reach (spec 11.1).
    package var insecureAnonymous = false
    /// Nil: CONNECT is tunnelled.
    package var interception: InterceptionSettings?

    package init() {}
}

/// How callers prove who they are (spec 11.1).
package enum CallerAuthentication: String, CaseIterable, Sendable {
    case none, basic
    case clientCertificate = "client_certificate"
    case kubernetes
}

/// The proxy's own CA, which signs the certificates of intercepted hosts.
package struct InterceptionSettings: Sendable, Equatable {
    package let caCertFile: String
    package let caKeyFile: String
    /// What was in the files when they were read.
    package let authority: SigningAuthority

    /// The files' names alone: what is in them may change while the proxy runs.
    package static func == (left: InterceptionSettings, right: InterceptionSettings) -> Bool {
        left.caCertFile == right.caCertFile && left.caKeyFile == right.caKeyFile
    }
}

/// Where the operator looks in: metrics, health, reload.
package struct AdminSettings: Sendable, Equatable {
    package var address = ListenAddress.loopback(port: 9481)
    package var webConfigFile: String?
    /// Whether POST /-/reload works.
    package var enableLifecycle = false

    package init() {}
}

extension ProxySettings {
    /// Reads `listeners`, a list that replaces the default one.
    mutating func readListeners(from root: SectionReader) {
        guard root.has("listeners") else { return }
        var read: [ListenerSettings] = []
        let errorsBefore = root.draft.errorCount
        root.sections("listeners") { section in
            var listener = ListenerSettings()
            listener.read(from: section)
            read.append(listener)
        }
        if !read.isEmpty {
            listeners = read
        } else if root.draft.errorCount == errorsBefore, !root.isNull("listeners") {
            root.refuse("listeners", "an empty list, no scrape could come in: name an address or remove the key")
        }
    }

    mutating func readAdmin(from root: SectionReader) {
        root.section("admin") { section in
            section.read("address", into: &admin.address, as: .listenAddress)
            section.readFile("web_config_file", into: &admin.webConfigFile)
            section.read("enable_lifecycle", into: &admin.enableLifecycle, as: .bool)
        }
    }
}

extension ListenerSettings {
    fileprivate mutating func read(from section: SectionReader) {
        section.read("address", into: &address, as: .listenAddress)
        section.readFile("web_config_file", into: &webConfigFile)
        section.read("authentication", into: &authentication, as: .choice)
        section.read("insecure_anonymous", into: &insecureAnonymous, as: .bool)
        section.section("interception") { section in
            var (certFile, keyFile): (String?, String?)
            section.readFile("ca_cert_file", into: &certFile)
            section.readFile("ca_key_file", into: &keyFile)
            section.refuseAlone("ca_cert_file", certFile, "ca_key_file", keyFile)
            if let certFile, let keyFile {
                interception = InterceptionSettings(caCertFile: certFile, caKeyFile: keyFile, section)
            }
        }
    }
}

extension InterceptionSettings {
    /// Reads the CA, or refuses the key whose file is to blame.
    fileprivate init?(caCertFile: String, caKeyFile: String, _ section: SectionReader) {
        guard let certificate = section.text("ca_cert_file", of: caCertFile),
            let key = section.text("ca_key_file", of: caKeyFile)
        else { return nil }
        do throws(AuthorityError) {
            let authority = try SigningAuthority(
                certificatePEM: certificate, keyPEM: key, now: Int64(Date().timeIntervalSince1970))
            self.init(caCertFile: caCertFile, caKeyFile: caKeyFile, authority: authority)
        } catch {
            switch error {
            case .certificate: section.refuse("ca_cert_file", "\(caCertFile): \(error)")
            case .key: section.refuse("ca_key_file", "\(caKeyFile): \(error)")
            }
            return nil
        }
    }
}

extension SectionReader {
    /// What is in a file of PEM; refuses the key where it can't be read.
    fileprivate func text(_ name: String, of path: String) -> String? {
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
            refuse(name, "\(path): not text: a file in PEM is needed")
            return nil
        }
        return text
    }
}
