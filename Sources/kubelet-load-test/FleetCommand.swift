import Addressing
import ArgumentParser
import CommandLineTool
import FakeCluster
import Glibc

/// `kubelet-load-test fleet` (spec 15.1).
struct FleetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fleet",
        abstract: "Starts fake kubelets, each at an address of its own, and a fake API server.",
        discussion: """
            Writes ca.crt, kubeconfig, kubeconfig-debug (whose user may use the node proxy), nodes.json, targets.json (for \
            Prometheus' file_sd_configs) and token into the directory given, and runs until SIGINT or SIGTERM. nodes.json follows what happens.

            The control port takes changes by POST while the fleet runs, for instance
              curl -X POST http://ADDRESS/unknown/node-0001
            Its commands: \(FleetControl.usage).
            """)

    @Option(help: "How many kubelets, each with its own node.")
    var targets = 3

    @Option(help: "Address of the first kubelet; each further one has the next.")
    var baseAddress = "127.1.0.1"

    @Option(help: "The kubelets' port.")
    var port: UInt16 = 10250

    @Option(help: "Directory for the files that clients need; made if it is missing.")
    var out: String

    @Option(help: "Where the API server listens; port 0 takes a free one.")
    var apiAddress = "127.0.0.1:0"

    @Flag(help: "No API server: nodes.json is the only source of nodes.")
    var noApiServer = false

    @Option(help: "Where the control port listens; port 0 takes a free one.")
    var controlAddress = "127.0.0.1:0"

    @Option(help: "About how many bytes /metrics and /metrics/cadvisor have.")
    var bodyBytes = 100_000

    @Option(help: "Serve the bodies recorded in this directory instead of generated ones.")
    var recorded: String?

    @Flag(help: "Kubelets speak plain HTTP, as at the read-only port.")
    var plain = false

    @Flag(help: "Kubelets show certificates that they signed themselves.")
    var selfSigned = false

    @Option(help: "Kubelets want this bearer token of a scraper.")
    var requireToken: String?

    @Option(help: "What happens in the fleet: \(FleetScenario.allCases.map(\.rawValue).joined(separator: ", ")).")
    var scenario: FleetScenario = .steady

    @Flag(help: "The scenario starts at its beginning and is led on by POST /step; otherwise it stands at its end.")
    var live = false

    func validate() throws {
        guard targets > 0, targets <= 65_000 else { throw ValidationError("--targets must be 1 to 65000") }
        guard let address = IPAddress(baseAddress), address.isLoopback, address.isV4 else {
            throw ValidationError("--base-address must be an address of 127.0.0.0/8")
        }
        for (name, text) in [("--api-address", apiAddress), ("--control-address", controlAddress)] {
            guard let address = SocketAddress(loopback: text), address.ip.isLoopback else {
                throw ValidationError("\(name) must be a loopback address with a port, such as 127.0.0.1:0")
            }
        }
        guard !(plain && selfSigned) else { throw ValidationError("--plain and --self-signed exclude each other") }
    }

    func run() async throws {
        OpenFiles.raiseLimit()
        // Listeners, and a connection of somebody's to each kubelet.
        let need = 2 * targets + 300
        guard need <= OpenFiles.limit else {
            throw RunError(
                "\(targets) kubelets need \(need) open files, and the limit is \(OpenFiles.limit): raise it (ulimit -n) or "
                    + "start fewer")
        }
        let end = TerminationSignal()
        let fleet = try await Fleet.start(settings)
        let control = try await FleetControl.start(on: fleet, at: settings.controlAddress)
        try fleet.files.write(control: control)
        await Self.report(fleet, control: control)
        await withTaskGroup { group in
            group.addTask { await fleet.renewLeases() }
            await end.arrival()
            group.cancelAll()
        }
        await fleet.stop()
    }

    private var settings: FleetSettings {
        get throws {
            guard let base = IPAddress(baseAddress), let api = SocketAddress(loopback: apiAddress),
                let control = SocketAddress(loopback: controlAddress)
            else { throw ValidationError("malformed address") }
            let corpus =
                try recorded.map { try MetricsCorpus.recorded(in: $0, keepsTimestamps: false) }
                ?? .generated(bytes: bodyBytes)
            var behaviour = KubeletBehaviour()
            if let requireToken { behaviour.authorization = .tokens([requireToken]) }
            return FleetSettings(
                targets: targets, base: base, port: port, apiAddress: noApiServer ? nil : api,
                controlAddress: control, corpus: corpus,
                kubeletPort: plain ? .plain : selfSigned ? .selfSigned : .issued(.now),
                behaviour: behaviour, scenario: scenario, isLive: live, directory: out,
                scraperToken: requireToken ?? FakeCluster.scraperToken)
        }
    }

    private static func report(_ fleet: Fleet, control: SocketAddress) async {
        for line in await fleet.summary { print(line) }
        print("control     http://\(control)")
        print("ready")
        // Into a pipe, standard output is buffered: whoever waits for "ready" would wait for ever.
        fflush(nil)
    }
}

extension SocketAddress {
    /// `SocketAddress(_:)` refuses port 0, which to a listener means any.
    fileprivate init?(loopback text: String) {
        if text.hasSuffix(":0") {
            guard let ip = IPAddress(text.dropLast(2)) else { return nil }
            self.init(ip, port: 0)
        } else {
            self.init(text)
        }
    }
}
