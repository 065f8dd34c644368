import ArgumentParser
import Discovery
import FoundationEssentials
import Settings

/// The flags of `forward`.
struct ForwardOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "A configuration: its rules, limits, claims, ports and paths count, its listeners do not.",
            valueName: "file"))
    var config: String?

    @Option(help: ArgumentHelp("Where to listen (127.0.0.1:9480).", valueName: "address"))
    var listen: String?

    @Option(help: ArgumentHelp("Node objects in YAML or JSON, instead of the Kubernetes API.", valueName: "file"))
    var nodesFile: String?

    @Option(help: ArgumentHelp("How to reach the Kubernetes API.", valueName: "file"))
    var kubeconfig: String?

    @Option(help: ArgumentHelp("Which context of the kubeconfig; else the current one.", valueName: "name"))
    var context: String?

    @Option(help: "api_server or direct; direct where nodes come from a file.")
    var via: UpstreamRoute?

    @Flag(help: "Dial nodes at loopback addresses: for tests and demos.")
    var allowLoopbackNodes = false

    @Option(help: ArgumentHelp("The CA of kubelets' certificates, with --via direct.", valueName: "file"))
    var caFile: String?

    @Flag(help: "Don't verify kubelets' certificates, with --via direct.")
    var insecureSkipTlsVerify = false

    func validate() throws {
        if nodesFile != nil, kubeconfig != nil || context != nil {
            throw ValidationError("--nodes-file and --kubeconfig or --context exclude each other.")
        }
        if nodesFile != nil, via == .apiServer {
            throw ValidationError("--via api_server needs a cluster: remove it or --nodes-file.")
        }
        if via == .apiServer, caFile != nil || insecureSkipTlsVerify {
            throw ValidationError("--ca-file and --insecure-skip-tls-verify are for --via direct.")
        }
        if caFile != nil, insecureSkipTlsVerify {
            throw ValidationError("--ca-file and --insecure-skip-tls-verify exclude each other.")
        }
        guard let listen else { return }
        guard let address = ListenAddress(listen) else {
            throw ValidationError(
                "--listen \(listen) is no address: write 127.0.0.1:9480, [::1]:9480 or localhost:9480.")
        }
        guard case .socket = address, address.isLoopback else {
            throw ValidationError("--listen \(listen): forward lends your credentials, so it listens on loopback only.")
        }
    }

    /// - Parameter isForOneScrape: its own line tells enough.
    func load(isForOneScrape: Bool = false) throws(SettingsErrors) -> ProxySettings {
        var forwarding = ForwardingOverrides()
        forwarding.via = via
        forwarding.logLevel = isForOneScrape ? .error : .warn
        forwarding.caFile = caFile
        forwarding.insecureSkipVerify = insecureSkipTlsVerify
        var overrides = SettingsOverrides()
        overrides.forwarding = forwarding
        overrides.listenAddress = listen
        overrides.nodesFile = nodesFile
        overrides.kubeconfig = kubeconfig
        overrides.context = context
        overrides.allowLoopbackNodes = allowLoopbackNodes
        return try ProxySettings.load(file: config, overrides: overrides)
    }
}

extension UpstreamRoute: ExpressibleByArgument {}

extension KubernetesSettings {
    func access() throws(DocumentError) -> KubernetesAccess {
        try KubernetesAccess.find(
            kubeconfig: kubeconfig ?? "", context: context ?? "", environment: ProcessInfo.processInfo.environment)
    }
}
