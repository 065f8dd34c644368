import ArgumentParser
import Settings

/// Flags that stand for keys of the configuration file; they override it.
struct SettingsOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The configuration file; without one, defaults and flags.", valueName: "file"))
    var config: String?

    @Option(help: ArgumentHelp("Node objects in YAML or JSON, instead of the Kubernetes API.", valueName: "file"))
    var nodesFile: String?

    @Option(help: ArgumentHelp("How to reach the Kubernetes API.", valueName: "file"))
    var kubeconfig: String?

    @Option(help: ArgumentHelp("Where scrapes come in (127.0.0.1:9480).", valueName: "address"))
    var listen: String?

    @Option(help: ArgumentHelp("Where metrics and health are served (127.0.0.1:9481).", valueName: "address"))
    var adminListen: String?

    @Option(help: "enforce or observe.")
    var mode: String?

    @Option(help: "debug, info, warn or error.")
    var logLevel: String?

    @Option(help: "logfmt or json.")
    var logFormat: String?

    @Flag(help: "Let anybody scrape through an address that is not loopback.")
    var insecureAnonymous = false

    @Flag(help: "Dial nodes at loopback addresses: for tests and demos.")
    var allowLoopbackNodes = false

    /// Reads the configuration: `serve`, a reload and `check-config` share this.
    func load() throws(SettingsErrors) -> ProxySettings {
        var overrides = SettingsOverrides()
        overrides.mode = mode
        overrides.listenAddress = listen
        overrides.adminAddress = adminListen
        overrides.insecureAnonymous = insecureAnonymous
        overrides.nodesFile = nodesFile
        overrides.kubeconfig = kubeconfig
        overrides.allowLoopbackNodes = allowLoopbackNodes
        overrides.logLevel = logLevel
        overrides.logFormat = logFormat
        return try ProxySettings.load(file: config, overrides: overrides)
    }
}
