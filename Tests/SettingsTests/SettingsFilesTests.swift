import Foundation
import Testing

@testable import Settings

@Suite("Files that settings name", .serialized)
final class SettingsFilesTests {
    private let folder = FileManager.default.temporaryDirectory.appending(path: "settings-\(UUID().uuidString)")

    init() throws {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(at: folder)
    }

    private func write(_ name: String, _ text: String) throws -> String {
        let url = folder.appending(path: name)
        try Data(text.utf8).write(to: url)
        return url.path
    }

    @Test("are looked for beside the configuration where their paths are relative")
    func relative() throws {
        _ = try write("nodes.yaml", "")
        _ = try write("ca.crt", "")
        let config = try write("c.yaml", "nodes: {file: nodes.yaml}\nupstream: {tls: {ca_file: ./ca.crt}}")
        let settings = try ProxySettings.load(file: config)
        #expect(settings.nodes.source == .file("\(folder.path)/nodes.yaml"))
        #expect(settings.upstream.tls.caFile == "\(folder.path)/./ca.crt")
    }

    @Test("must be there and be files")
    func missing() throws {
        let config = try write(
            "c.yaml",
            """
            nodes:
              kubernetes:
                kubeconfig: gone
            upstream:
              tls: {ca_file: \(folder.path), cert_file: gone.crt, key_file: gone.key}
            """)
        let error = #expect(throws: SettingsErrors.self) { try ProxySettings.load(file: config) }
        let here = folder.path
        #expect(
            error?.description == """
                \(config):3: nodes.kubernetes.kubeconfig: \(here)/gone: No such file or directory: create the file or \
                correct the path
                \(config):5: upstream.tls.ca_file: \(here) is a folder: name the file in it
                \(config):5: upstream.tls.cert_file: \(here)/gone.crt: No such file or directory: create the file or \
                correct the path
                \(config):5: upstream.tls.key_file: \(here)/gone.key: No such file or directory: create the file or \
                correct the path
                """)
    }

    @Test("include the configuration itself")
    func configuration() throws {
        let gone = folder.appending(path: "gone.yaml").path
        let error = #expect(throws: SettingsErrors.self) { try ProxySettings.load(file: gone) }
        #expect(
            error?.description == "\(gone): \(gone): No such file or directory: create the file or correct the path")
        let latin = folder.appending(path: "latin.yaml")
        try Data([0x6d, 0xe4]).write(to: latin)
        let encoding = #expect(throws: SettingsErrors.self) { try ProxySettings.load(file: latin.path) }
        #expect(encoding?.description == "\(latin.path): not UTF-8 text: save it as UTF-8")
    }

    @Test("given as flags stand for the file's node source")
    func nodeSource() throws {
        let nodes = try write("nodes.yaml", "")
        let kubeconfig = try write("kubeconfig", "")
        var overrides = SettingsOverrides()
        overrides.nodesFile = nodes
        let fromFlag = try ProxySettings(yaml: "nodes: {kubernetes: {context: c}}", file: "", overrides: overrides)
        #expect(fromFlag.nodes.source == .file(nodes))

        overrides.nodesFile = nil
        overrides.kubeconfig = kubeconfig
        let text = "nodes: {file: \(nodes)}"
        var kubernetes = KubernetesSettings()
        kubernetes.kubeconfig = kubeconfig
        #expect(try ProxySettings(yaml: text, file: "", overrides: overrides).nodes.source == .kubernetes(kubernetes))

        overrides.nodesFile = nodes
        #expect(
            errors(of: "", overrides: overrides) == [
                "--nodes-file: nodes.file: set together with nodes.kubernetes: nodes come from one of them"
            ])
        overrides.nodesFile = "/gone/nodes.yaml"
        overrides.kubeconfig = nil
        #expect(
            errors(of: "", overrides: overrides) == [
                "--nodes-file: nodes.file: /gone/nodes.yaml: No such file or directory: create the file or correct the path"
            ])
    }
}
