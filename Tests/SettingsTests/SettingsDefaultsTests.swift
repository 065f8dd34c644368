import Foundation
import Testing

@testable import Settings

@Suite("Settings by default")
struct SettingsDefaultsTests {
    /// The list of all keys lies outside the repository.
    private static let everyKey = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath()
        .deletingLastPathComponent().appending(path: "../../../shared/config.yaml").standardized.path

    @Test(
        "are what an empty file means",
        arguments: ["", "\n", "# nothing\n", "---\n", "---\n...\n", "{}", "~", "\u{feff}"])
    func empty(text: String) throws {
        try expectDefaults(ProxySettings(yaml: text, file: "empty.yaml"))
    }

    @Test("stand for sections and lists with nothing in them")
    func emptySections() throws {
        let text = """
            listeners:
            admin:
            nodes: {kubernetes: }
            claims: {}
            stamp:
            metric_relabel_configs: []
            upstream: {ports: , tls: ~, paths: }
            limits: null
            log:
            """
        try expectDefaults(ProxySettings(yaml: text, file: "empty.yaml"))
    }

    @Test(
        "are what config.yaml, the list of all keys, says",
        .enabled(if: FileManager.default.fileExists(atPath: everyKey), "config.yaml is not beside the repository"))
    func listOfAllKeys() throws {
        try expectDefaults(ProxySettings.load(file: Self.everyKey))
    }

    @Test("stand where there is no file")
    func noFile() throws {
        try expectDefaults(ProxySettings.load(file: nil))
    }

    private func expectDefaults(_ settings: ProxySettings) throws {
        let defaults = ProxySettings()
        #expect(settings.mode == defaults.mode)
        #expect(settings.listeners == defaults.listeners)
        #expect(settings.admin == defaults.admin)
        #expect(settings.nodes == defaults.nodes)
        #expect(settings.claims == defaults.claims)
        #expect(settings.onStale == defaults.onStale)
        #expect(settings.takeoverWindow == defaults.takeoverWindow)
        #expect(settings.verifyIdentity == defaults.verifyIdentity)
        #expect(settings.stamp.isEmpty)
        #expect(settings.honorLabels == defaults.honorLabels)
        #expect(settings.metricRelabelConfigs.isEmpty)
        #expect(settings.upstream == defaults.upstream)
        #expect(settings.limits == defaults.limits)
        #expect(settings.log == defaults.log)
        #expect(settings.shutdownTimeout == defaults.shutdownTimeout)
    }
}
