import Testing

@testable import Settings

@Suite("Flags")
struct SettingsOverridesTests {
    @Test("count before the file")
    func override() throws {
        var overrides = SettingsOverrides()
        overrides.mode = "observe"
        overrides.listenAddress = ":7"
        overrides.adminAddress = "127.0.0.1:8"
        overrides.insecureAnonymous = true
        overrides.allowLoopbackNodes = true
        overrides.logLevel = "debug"
        overrides.logFormat = "json"
        let text = "mode: enforce\nlisteners: [{address: 127.0.0.1:1}]\nlog: {level: error}"
        let settings = try ProxySettings(yaml: text, file: "c.yaml", overrides: overrides)
        #expect(settings.mode == .observe)
        #expect(settings.listeners.map(\.address) == [.everyInterface(port: 7)])
        #expect(settings.listeners.map(\.insecureAnonymous) == [true])
        #expect(settings.admin.address == .loopback(port: 8))
        #expect(settings.nodes.allowLoopbackNodes)
        #expect(settings.log.level == .debug)
        #expect(settings.log.format == .json)
    }

    @Test("that are wrong are named, behind the file's errors")
    func wrong() {
        var overrides = SettingsOverrides()
        overrides.mode = "dry"
        overrides.adminAddress = "x"
        overrides.listenAddress = "10.0.0.1:1"
        let lines = errors(of: "log:\n  level: loud", overrides: overrides)
        #expect(
            lines == [
                "c.yaml:2: log.level: \"loud\" is none of debug, info, warn, error",
                "--mode: mode: \"dry\" is none of enforce, observe",
                "--admin-listen: admin.address: \"x\" is no address to listen on: write IP:PORT ([IP]:PORT for IPv6), "
                    + ":PORT for every interface, or unix:/PATH",
                "--listen: listeners[0].address: 10.0.0.1:1 can be reached by others, without authentication: listen on "
                    + "127.0.0.1, or set insecure_anonymous: true (--insecure-anonymous)",
            ])
    }

    @Test("can't say which of several listeners they mean")
    func severalListeners() {
        var overrides = SettingsOverrides()
        overrides.listenAddress = "127.0.0.1:3"
        #expect(
            errors(of: "listeners: [{address: 127.0.0.1:1}, {address: 127.0.0.1:2}]", overrides: overrides) == [
                "--listen: listeners[0].address: the file names 2 listeners: change their addresses there"
            ])
    }
}
