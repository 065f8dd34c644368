import Addressing
import ArgumentParser
import CommandLineTool
import FakeCluster
import Foundation

/// `kubelet-load-test run` (spec 15.2).
struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Scrapes a fake fleet like Prometheus, and fails unless storage would hold nothing wrong.",
        discussion: """
            Plays scenarios on fake kubelets at loopback addresses, scrapes them through the proxy, and judges what would \
            reach storage: every sample carries the identity of the kubelet that made it, none is doubled, and no scrape \
            of a healthy owner is lost.

            Scenarios: \(ScenarioName.all.map(\.rawValue).joined(separator: ", ")). Not among `all`: idle, in which nobody \
            scrapes, and which tells what watching the nodes costs.

            Where there are several cores, the proxy that is started has one of them alone.

            Exit status: 0 if all passed; 1 if an invariant fell; 2 if something could not run.
            """)

    @Option(help: "What is played, in this order: NAME[,NAME...] or all.")
    var scenario = "all"

    @Option(help: "How many kubelets, each with its own node.")
    var targets = 50

    @Option(help: "Between two scrapes of a target, as Prometheus' scrape_interval.")
    var interval = PrometheusDuration(seconds: 5)

    @Option(help: "Of each scenario; three intervals at least.")
    var duration = PrometheusDuration(seconds: 60)

    @Option(help: "The same seed plays the same run again.")
    var seed: UInt64 = 1

    @Option(help: "A proxy that is there, such as http://127.0.0.1:9480, instead of one that is started.")
    var proxy: String?

    @Flag(help: "Scrape the kubelets themselves, as Prometheus does without a proxy.")
    var noProxy = false

    @Option(help: "Configuration of the proxy that is started; listeners, nodes and the kubelets' CA are put in.")
    var config: String?

    @Option(help: "Write the figures to this file.")
    var json: String?

    @Option(help: "Write a kubeconfig to this file by which another proxy sees the nodes.")
    var kubeconfigOut: String?

    @Option(help: "Write a report with charts to this file (HTML).")
    var report: String?

    @Option(help: "Another interval for /metrics/cadvisor.")
    var cadvisorInterval: PrometheusDuration?

    @Option(help: "About how many bytes /metrics and /metrics/cadvisor have.")
    var bodyBytes = 100_000

    @Option(help: "The same of /metrics/cadvisor alone.")
    var cadvisorBytes: Int?

    @Option(help: "How scrapes come in to the proxy that is started: absolute, or intercepted (CONNECT).")
    var door: ScrapeDoor = .absolute

    @Flag(help: "Play each scenario without the proxy first, and tell how much later answers come through it.")
    var compareDirect = false

    @Option(
        help:
            "Scrapes of the first so long are judged and not timed (default: none; with --compare-direct an interval)."
    )
    var warmUp: PrometheusDuration?

    @Option(
        help: "What a report calls runs of this kind (default: the name of the proxy's configuration, and the door).")
    var label: String?

    func validate() throws {
        _ = try ScenarioName.list(scenario)
        guard targets > 0, targets <= 40_000 else { throw ValidationError("--targets must be 1 to 40000") }
        for (name, bytes) in [("--body-bytes", bodyBytes), ("--cadvisor-bytes", cadvisorBytes ?? bodyBytes)] {
            guard bytes >= 5000, bytes <= 100_000_000 else {
                throw ValidationError("\(name) must be 5000 to 100000000")
            }
        }
        let longest = max(interval.seconds, cadvisorInterval?.seconds ?? 0)
        guard duration.seconds >= 3 * longest else {
            throw ValidationError("--duration must be three intervals at least: there is nothing to judge in less")
        }
        guard warmUpSeconds < duration.seconds else { throw ValidationError("--warm-up must be less than --duration") }
        guard !compareDirect || (!noProxy && proxy == nil) else {
            throw ValidationError("--compare-direct starts a proxy: it goes with neither --proxy nor --no-proxy")
        }
        guard door == .absolute || (!noProxy && proxy == nil) else {
            throw ValidationError("--door \(door.rawValue) is for the proxy that is started")
        }
        guard !(noProxy && proxy != nil) else { throw ValidationError("--proxy and --no-proxy exclude each other") }
        guard config == nil || (!noProxy && proxy == nil) else {
            throw ValidationError(
                "--config is for the proxy that is started: it goes with neither --proxy nor --no-proxy")
        }
    }

    private var warmUpSeconds: Double {
        warmUp?.seconds ?? (compareDirect ? max(interval.seconds, cadvisorInterval?.seconds ?? 0) : 0)
    }

    private var labelText: String {
        if let label { return label }
        if noProxy { return "no proxy" }
        if proxy != nil { return "another proxy" }
        let name = config.map { URL(filePath: $0).deletingPathExtension().lastPathComponent } ?? "defaults"
        return door == .absolute ? name : "\(name), \(door.rawValue)"
    }

    func run() async throws {
        OpenFiles.raiseLimit()
        do {
            let outcomes = try await interruptible { try await play() }
            print(RunTable.text(outcomes))
            if let json { try RunFiles.write(RunFiles.json(outcomes), to: json) }
            if let report { try RunFiles.write(Data(HTMLReport(outcomes).text.utf8), to: report) }
            if !outcomes.allSatisfy(\.passed) { throw ExitCode(1) }
        } catch let error as ExitCode {
            throw error
        } catch {
            try? FileHandle.standardError.write(contentsOf: Data("error: \(error)\n".utf8))
            throw ExitCode(2)
        }
    }

    private func play() async throws -> [ScenarioOutcome] {
        let folder = URL.temporaryDirectory.appending(path: "kubelet-load-test-\(UUID())").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let cluster = try await FakeCluster.start()
        do {
            let outcomes = try await play(on: cluster, folder: folder)
            await cluster.stop()
            return outcomes
        } catch {
            await cluster.stop()
            throw error
        }
    }

    private func play(on cluster: FakeCluster, folder: String) async throws -> [ScenarioOutcome] {
        try RunFiles.write(Data(cluster.authority.certificatePEM.utf8), to: "\(folder)/ca.crt")
        if let kubeconfigOut {
            try RunFiles.write(Data(cluster.apiServer.kubeconfig().utf8), to: kubeconfigOut)
        }
        let settings = RunSettings(
            scenarios: try ScenarioName.list(scenario), targets: targets, interval: interval.seconds,
            cadvisorInterval: (cadvisorInterval ?? interval).seconds, duration: duration.seconds,
            warmUp: warmUpSeconds, seed: seed, bodyBytes: bodyBytes,
            cadvisorBytes: cadvisorBytes ?? bodyBytes, proxy: try await proxyChoice(in: folder),
            door: door, label: labelText, network: try LoopbackNetwork.take())
        var direct = settings
        direct.proxy = .none
        let plans = settings.scenarios.map { ScenarioPlanner(settings).plan($0) }
        for settings in compareDirect ? [direct, settings] : [settings] { try checkOpenFiles(plans, settings) }
        let corpus = MetricsCorpus.identified(bytes: bodyBytes, cadvisorBytes: cadvisorBytes)
        let cores = try Cores.ofThisProcess()
        var outcomes: [ScenarioOutcome] = []
        for plan in plans {
            let play = { (settings: RunSettings) in
                try await ScenarioPlay(
                    plan: plan, settings: settings, cluster: cluster, corpus: corpus,
                    cores: cores, folder: folder, progress: RunProgress()
                ).play()
            }
            let without = compareDirect && plan.name != .idle ? try await play(direct) : nil
            var outcome = try await play(settings)
            if let without { outcome.compare(with: without) }
            RunProgress().say("\(plan.name.rawValue): \(outcome.passed ? "passed" : "FAILED")")
            outcomes.append(outcome)
        }
        return outcomes
    }

    /// Before anything is started that would have to be stopped.
    private func checkOpenFiles(_ plans: [ScenarioPlan], _ settings: RunSettings) throws(RunError) {
        for plan in plans {
            if let complaint = OpenFileBudget(plan: plan, settings: settings).complaint { throw RunError(complaint) }
        }
    }

    private func proxyChoice(in folder: String) async throws -> RunSettings.ProxyChoice {
        if noProxy { return .none }
        if let proxy {
            let address = try ProxyUnderTest.address(url: proxy)
            try await waitForProxy(at: address, named: proxy)
            return .other(address)
        }
        let program = try Programs.findProxy(nil)
        let caFile = "\(folder)/ca.crt"
        let interceptionCA = door == .intercepted ? RunSettings.interceptionCA(in: folder) : nil
        if let interceptionCA { try await OwnProxy.makeCA(program, in: interceptionCA) }
        guard let config else {
            return .own(
                program, try ProxyConfiguration(from: "", in: "", caFile: caFile, interceptionCA: interceptionCA))
        }
        guard let text = RunFiles.text(config) else { throw RunError("--config \(config): there is no such file") }
        let lies = URL(filePath: config).deletingLastPathComponent().path
        return .own(
            program, try ProxyConfiguration(from: text, in: lies, caFile: caFile, interceptionCA: interceptionCA))
    }

    /// A proxy that waits for the kubeconfig may come up a while after it was written; without one it has to be there.
    private func waitForProxy(at address: SocketAddress, named url: String) async throws {
        let client = try PlainClient.start()
        defer { client.stop() }
        let end = ContinuousClock.now + .seconds(kubeconfigOut == nil ? 0 : 20)
        repeat {
            // Any answer will do: to a proxy, this is no scrape.
            if await client.status(of: "/", at: address) != nil { return }
            try await Task.sleep(for: .milliseconds(200))
        } while ContinuousClock.now < end
        throw RunError("--proxy \(url): nobody answers there")
    }

    /// SIGINT and SIGTERM end the run in good order: the proxy that was started is stopped, files are removed.
    private func interruptible(
        _ work: @escaping @Sendable () async throws -> [ScenarioOutcome]
    ) async throws -> [ScenarioOutcome] {
        let interruption = TerminationSignal()
        let work = Task { try await work() }
        let watch = Task {
            await interruption.arrival()
            if !Task.isCancelled { work.cancel() }
        }
        defer { watch.cancel() }
        do { return try await work.value } catch is CancellationError { throw RunError("interrupted") }
    }
}
