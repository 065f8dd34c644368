import Addressing
import Connections
import FakeCluster
import Foundation
import Synchronization

/// Plays one scenario from its beginning to its end.
struct ScenarioPlay: Sendable {
    let plan: ScenarioPlan
    let settings: RunSettings
    let cluster: FakeCluster
    let corpus: MetricsCorpus
    let cores: Cores
    /// Holds ca.crt, and takes the files of a proxy that is started.
    let folder: String
    let progress: RunProgress

    /// How long a proxy has to learn of the nodes.
    private static let patience = 60.0
    /// Targets are told to the scraper so many at a time: it scrapes in between.
    private static let portion = 50

    func play() async throws -> ScenarioOutcome {
        progress.say("\(plan.name.rawValue): starting \(settings.targets) kubelets")
        let stage = PlayedCluster(plan, on: cluster, corpus: corpus)
        do {
            try await stage.assemble()
            let proxy = try await startProxy()
            do {
                let outcome = try await play(on: stage, through: proxy)
                await unpin()
                await proxy.stop()
                await stage.disband()
                return outcome
            } catch {
                await unpin()
                await proxy.stop()
                throw error
            }
        } catch {
            await stage.disband()
            throw error
        }
    }

    private func startProxy() async throws -> ProxyUnderTest {
        switch settings.proxy {
        case .none: return .none
        case .other(let address): return .other(address)
        case .own(let program, let configuration):
            return .own(
                try await OwnProxy.start(
                    program, configuration: configuration, kubeconfig: cluster.apiServer.kubeconfig(),
                    at: LoopbackNetwork.address(0xfffe, in: settings.network), folder: folder))
        }
    }

    private func play(on stage: PlayedCluster, through proxy: ProxyUnderTest) async throws -> ScenarioOutcome {
        // Ground truth and scrapes are told by one clock, which starts once all is set up.
        let clock = RunClock()
        let scraper = try Scraper.start(try scraperSettings(proxy), clock: clock)
        do {
            await pin(proxy)
            try await waitUntilKnown(stage, scraper)
            let start = clock.now + settings.lead
            await scraper.start(at: start, until: start + settings.duration)
            let kubeletLag = await watchKubelets(by: clock)
            let costs = try await withThrowingTaskGroup { group in
                group.addTask { try await stage.play(from: start, by: clock) }
                group.addTask { await stage.keepUp() }
                if plan.name != .idle { group.addTask { await discover(stage, scraper, from: start, by: clock) } }
                defer { group.cancelAll() }
                return try await watch(scraper, from: start, by: clock, proxy)
            }
            progress.end()
            var ledger = await scraper.finish()
            ledger.lag.add(kubeletLag.withLock { $0 })
            return outcome(ledger.shifted(by: start), truth: await stage.truth, costs)
        } catch {
            _ = await scraper.finish()
            throw error
        }
    }

    /// Who is measured has a core alone, where there are several.
    private func pin(_ proxy: ProxyUnderTest) async {
        guard cores.all.count > 1, case .own(let own) = proxy else { return }
        await Affinity.pin(own.process, to: [cores.proxy])
        await Affinity.pin(getpid(), to: cores.others)
    }

    private func unpin() async {
        if cores.all.count > 1 { await Affinity.pin(getpid(), to: cores.all) }
    }

    private var budget: OpenFileBudget { OpenFileBudget(plan: plan, settings: settings) }

    private func scraperSettings(_ proxy: ProxyUnderTest) throws -> Scraper.Settings {
        if !budget.affordsConnectionsByPath, settings.proxy.isNone || settings.door == .intercepted {
            progress.say(
                "\(plan.name.rawValue): open files (ulimit -n) allow one connection for all paths of a kubelet")
        }
        return Scraper.Settings(
            route: route(to: proxy), intervals: settings.intervals, timeout: settings.timeout,
            token: FakeCluster.scraperToken, seed: settings.seed,
            hasConnectionsByPath: budget.affordsConnectionsByPath,
            machines: plan.members.map { FakeNode.Machine(seed: $0.name).machineID })
    }

    private func route(to proxy: ProxyUnderTest) -> ScrapeRoute {
        guard let address = proxy.address else { return .direct(TLSCredentials(caFile: "\(folder)/ca.crt")) }
        switch settings.door {
        case .absolute: return .proxy(address)
        case .intercepted:
            return .intercepted(address, TLSCredentials(caFile: "\(RunSettings.interceptionCA(in: folder))/ca.crt"))
        }
    }

    /// Until the last node that was made known is scraped, so that what is judged is not the proxy's start.
    private func waitUntilKnown(_ stage: PlayedCluster, _ scraper: Scraper) async throws {
        guard let last = await stage.discovered.last else { return }
        let target = ScrapeTarget(
            node: last.node, address: last.address, instance: last.instance, path: RunSettings.paths[0])
        let end = ContinuousClock.now + .seconds(Self.patience)
        var outcome = await scraper.probe(target)
        while ContinuousClock.now < end {
            if case .stored = outcome { return }
            try await checkOpenFiles()
            try await Task.sleep(for: .milliseconds(100))
            outcome = await scraper.probe(target)
        }
        throw RunError(
            "the kubelet of \(target.node) at \(target.instance) can't be scraped: \(outcome). Another proxy must know the "
                + "nodes (--kubeconfig-out), and needs --allow-loopback-nodes and upstream.tls.insecure_skip_verify")
    }

    /// Lost scrapes would be nobody's fault but this machine's.
    private func checkOpenFiles() async throws {
        if let trouble = await cluster.acceptTrouble { throw RunError(budget.complaint(about: trouble)) }
    }

    /// How late the thread of the kubelets and the API server is, from now on.
    private func watchKubelets(by clock: RunClock) async -> Shared<HarnessLag> {
        let lag = Shared(HarnessLag())
        await cluster.beat(each: 10) { late in
            lag.withLock { $0.note(Double(late) / 1000, at: clock.now) }
        }
        return lag
    }

    // MARK: What is scraped

    /// Discovery lags behind: what is scraped is what was there a turn ago. Its turns lie at fixed moments, so that the same seed
    /// gives the same scrapes.
    private func discover(
        _ stage: PlayedCluster, _ scraper: Scraper, from start: Double, by clock: RunClock
    ) async {
        var scraped: Set<ScrapeTarget> = []
        var found = await targets(of: stage)
        var (turn, moment) = (0.0, start)
        while !Task.isCancelled {
            let (new, gone) = (Array(found.targets.subtracting(scraped)), Array(scraped.subtracting(found.targets)))
            for portion in gone.portions(of: Self.portion) { await scraper.end(portion) }
            for portion in new.portions(of: Self.portion) { await scraper.begin(portion, at: moment) }
            scraped = found.targets
            if await stage.version != found.version { found = await targets(of: stage) }
            turn += 1
            // Events lie at round moments: a turn at the very moment of one might see it or not.
            moment = start + (turn - 0.63) * settings.discoveryLag
            try? await clock.sleep(until: moment)
        }
    }

    private func targets(of stage: PlayedCluster) async -> (targets: Set<ScrapeTarget>, version: Int) {
        let version = await stage.version
        let targets = await stage.discovered.flatMap { found in
            RunSettings.paths.map {
                ScrapeTarget(node: found.node, address: found.address, instance: found.instance, path: $0)
            }
        }
        return (Set(targets), version)
    }

    // MARK: What is measured

    private struct Costs {
        var proxy: ScenarioOutcome.ProcessCost?
        var harness: ScenarioOutcome.ProcessCost
    }

    /// Shows how it goes, to the end of the scenario, and measures what comes after the warm-up.
    private func watch(
        _ scraper: Scraper, from start: Double, by clock: RunClock, _ proxy: ProxyUnderTest
    ) async throws -> Costs {
        var shown = 0
        try await clock.sleep(until: start)
        try await watch(scraper, from: start, until: settings.warmUp, by: clock, proxy, &shown)
        let (used, own) = (try proxy.process.map { try ProcessCost(of: $0) }, try ProcessCost(of: getpid()))
        try await watch(scraper, from: start, until: settings.duration, by: clock, proxy, &shown)
        // Before connections are closed: that is no work of the scenario's.
        return Costs(proxy: try used?.cost(), harness: try own.cost())
    }

    /// - Parameter shown: up to which second it was told how it goes.
    private func watch(
        _ scraper: Scraper, from start: Double, until end: Double, by clock: RunClock, _ proxy: ProxyUnderTest,
        _ shown: inout Int
    ) async throws {
        let duration = Int(settings.duration.rounded(.up))
        var second = Int(clock.now - start)
        while clock.now - start < end {
            second += 1
            try await clock.sleep(until: start + min(Double(second), end))
            if case .own(let own) = proxy, !own.isRunning { throw RunError("the proxy ended in the middle of the run") }
            try await checkOpenFiles()
            guard progress.isDue(second) else { continue }
            progress.show(
                plan.name, at: second, of: duration, await scraper.takeProgress(), span: Double(second - shown))
            shown = second
        }
    }

    private func outcome(_ ledger: ScrapeLedger, truth: GroundTruth, _ costs: Costs) -> ScenarioOutcome {
        let wholes = settings.mayDropSamples ? WholeSamples.usual(in: ledger) : WholeSamples.served(by: corpus)
        let findings = StorageModel.judge(
            ledger, truth: truth, intervals: settings.intervals, wholeSamples: wholes)
        let lag = ScenarioOutcome.Harness.Lag(
            p50: ledger.lag.percentile(0.5), p99: ledger.lag.percentile(0.99), most: ledger.lag.worst)
        return ScenarioOutcome(
            plan.name, ledger, findings, .init(settings), proxy: costs.proxy,
            harness: .init(cpuCores: costs.harness.cpuCores, lagSeconds: lag),
            notices: [ledger.lag.notice].compactMap(\.self))
    }
}

/// A value behind a lock, to be handed around.
final class Shared<Value: Sendable>: Sendable {
    private let value: Mutex<Value>

    init(_ value: Value) { self.value = Mutex(value) }

    func withLock<Result: Sendable>(_ body: (inout Value) -> Result) -> Result {
        value.withLock { (value: inout sending Value) in body(&value) }
    }
}

extension Array {
    fileprivate func portions(of size: Int) -> [ArraySlice<Element>] {
        stride(from: 0, to: count, by: size).map { self[$0..<Swift.min($0 + size, count)] }
    }
}
