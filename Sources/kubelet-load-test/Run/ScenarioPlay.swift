import Addressing
import Connections
import FakeCluster
import Foundation

/// Plays one scenario from its beginning to its end.
struct ScenarioPlay: Sendable {
    let plan: ScenarioPlan
    let settings: RunSettings
    let cluster: FakeCluster
    let corpus: MetricsCorpus
    /// Holds ca.crt, and takes the files of a proxy that is started.
    let folder: String
    let progress: RunProgress

    /// How long a proxy has to learn of the nodes.
    private static let patience = 60.0

    func play() async throws -> ScenarioOutcome {
        progress.say("\(plan.name.rawValue): starting \(settings.targets) kubelets")
        // Ground truth and scrapes are told by one clock, which starts once all is set up.
        let stage = PlayedCluster(plan, on: cluster, corpus: corpus)
        do {
            try await stage.assemble()
            let proxy = try await startProxy()
            do {
                let outcome = try await play(on: stage, through: proxy)
                await proxy.stop()
                await stage.disband()
                return outcome
            } catch {
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
                    at: IPAddress(v4: 0x7f00_fffe | UInt32(settings.network) << 16), folder: folder))
        }
    }

    private func play(on stage: PlayedCluster, through proxy: ProxyUnderTest) async throws -> ScenarioOutcome {
        let clock = RunClock()
        let scraper = try Scraper.start(scraperSettings(proxy), clock: clock)
        do {
            try await waitUntilKnown(stage, scraper)
            let cost = try proxy.process.map { try ProcessCost(of: $0) }
            let start = clock.now
            try await withThrowingTaskGroup { group in
                group.addTask { try await stage.play(from: start, by: clock) }
                group.addTask { await stage.keepUp() }
                group.addTask { try await discover(stage, scraper) }
                try await watch(scraper, from: start, by: clock, proxy)
                group.cancelAll()
            }
            progress.end()
            // Before connections are closed: that is no work of the scenario's.
            let used = try cost?.cost()
            let ledger = await scraper.finish()
            return outcome(ledger, truth: await stage.truth, cost: used, startedAt: start)
        } catch {
            _ = await scraper.finish()
            throw error
        }
    }

    private func scraperSettings(_ proxy: ProxyUnderTest) -> Scraper.Settings {
        let route: ScrapeRoute =
            proxy.address.map { .proxy($0) } ?? .direct(TLSCredentials(caFile: "\(folder)/ca.crt"))
        return Scraper.Settings(
            route: route, intervals: settings.intervals, timeout: settings.timeout, token: FakeCluster.scraperToken,
            seed: settings.seed, machines: plan.members.map { FakeNode.Machine(seed: $0.name).machineID })
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
            try await Task.sleep(for: .milliseconds(100))
            outcome = await scraper.probe(target)
        }
        throw RunError(
            "the kubelet of \(target.node) at \(target.instance) can't be scraped: \(outcome). Another proxy must know the "
                + "nodes (--kubeconfig-out), and needs --allow-loopback-nodes and upstream.tls.insecure_skip_verify")
    }

    /// Discovery lags behind: what is scraped is what was there a turn ago.
    private func discover(_ stage: PlayedCluster, _ scraper: Scraper) async throws {
        var found = await targets(of: stage)
        while !Task.isCancelled {
            await scraper.scrape(found)
            found = await targets(of: stage)
            try? await Task.sleep(for: .seconds(settings.discoveryLag))
        }
    }

    private func targets(of stage: PlayedCluster) async -> Set<ScrapeTarget> {
        Set(
            await stage.discovered.flatMap { found in
                RunSettings.paths.map {
                    ScrapeTarget(node: found.node, address: found.address, instance: found.instance, path: $0)
                }
            })
    }

    private func watch(_ scraper: Scraper, from start: Double, by clock: RunClock, _ proxy: ProxyUnderTest) async throws
    {
        let duration = Int(settings.duration.rounded(.up))
        var (second, shown) = (0, 0)
        while clock.now - start < settings.duration {
            second += 1
            try await clock.sleep(until: start + min(Double(second), settings.duration))
            if case .own(let own) = proxy, !own.isRunning { throw RunError("the proxy ended in the middle of the run") }
            guard progress.isDue(second) else { continue }
            progress.show(
                plan.name, at: second, of: duration, await scraper.takeProgress(), span: Double(second - shown))
            shown = second
        }
    }

    private func outcome(
        _ ledger: ScrapeLedger, truth: GroundTruth, cost: ScenarioOutcome.ProxyCost?, startedAt start: Double
    ) -> ScenarioOutcome {
        let wholes = settings.mayDropSamples ? WholeSamples.usual(in: ledger) : WholeSamples.served(by: corpus)
        let findings = StorageModel.judge(
            ledger.shifted(by: start), truth: truth, intervals: settings.intervals, wholeSamples: wholes)
        return ScenarioOutcome(
            plan.name, ledger.shifted(by: start), findings,
            .init(
                targets: settings.targets, intervalSeconds: settings.interval, durationSeconds: settings.duration,
                seed: settings.seed, route: settings.proxy.route), proxy: cost)
    }
}
