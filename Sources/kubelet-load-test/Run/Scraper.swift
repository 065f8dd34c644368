import Addressing
import Connections
import EventLoop

/// Scrapes as Prometheus does: a loop for each target, offset by hash, over kept connections, on one thread.
actor Scraper: LoopActor {
    nonisolated let executor: LoopExecutor
    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe executor.asUnownedSerialExecutor() }
    let events: EventLoop
    private let settings: Settings
    private let clock: RunClock
    /// By the number of their target.
    private var loops: [Int: ScrapeLoop] = [:]
    private var numbers: [ScrapeTarget: Int] = [:]
    private var ledger = ScrapeLedger()
    private var reader: BodyReader
    private var inFlight = 0
    /// When the scenario began: offsets count from there, so that its events meet the same scrapes each time.
    private var epoch = 0.0
    /// No scrape begins from here on.
    private var end = Double.infinity
    private var progress = ScrapeProgress()
    /// Each job of Prometheus, here each path, has connections of its own; where descriptors are too few, all share one pool.
    private var pools: [String: ConnectionPool] = [:]

    struct Settings: Sendable {
        var route: ScrapeRoute
        /// Seconds, by path.
        var intervals: [String: Double]
        /// Seconds.
        var timeout: Double
        var token: String
        var seed: UInt64
        var hasConnectionsByPath: Bool
        /// Of each member, in their order.
        var machines: [String]
    }

    private static let idleTimeout: UInt64 = 300_000

    private init(_ settings: Settings, _ clock: RunClock, _ executor: LoopExecutor) throws(SocketError) {
        self.settings = settings
        self.clock = clock
        self.executor = executor
        // Coarser timers would have scrapes begin in bursts.
        events = try EventLoop(executor, tick: 1)
        reader = BodyReader(machines: settings.machines)
    }

    static func start(_ settings: Settings, clock: RunClock) throws(SocketError) -> Scraper {
        let scraper = try Scraper(settings, clock, LoopExecutor())
        scraper.startThread(named: "scraper")
        return scraper
    }

    // MARK: Targets

    /// From here on offsets count from that moment of the run's clock, and nothing is scraped from `end` on.
    func start(at moment: Double, until end: Double) {
        epoch = moment
        self.end = end
    }

    /// From that moment of the run's clock on these are scraped too. Not from when this is called: the same seed has to give the
    /// same scrapes, however busy the machine is.
    func begin(_ targets: some Sequence<ScrapeTarget>, at moment: Double) {
        for target in targets where numbers[target].flatMap({ loops[$0] }) == nil { start(target, at: moment) }
    }

    /// From now on these are not scraped any more.
    func end(_ targets: some Sequence<ScrapeTarget>) {
        for target in targets {
            guard let number = numbers[target], let loop = loops.removeValue(forKey: number) else { continue }
            loop.timer.cancel()
        }
    }

    private func start(_ target: ScrapeTarget, at moment: Double) {
        let interval = settings.intervals[target.path] ?? 1
        let offset = ScrapeLoop.offset(of: target, seed: settings.seed, in: interval)
        let number = numbers[target] ?? ledger.targets.count
        if number == ledger.targets.count { ledger.targets.append(target) }
        numbers[target] = number
        let request = PrometheusRequest.head(
            target, by: settings.route, token: settings.token, timeout: settings.timeout)
        let rounds = ((moment - epoch - offset) / interval).rounded(.up)
        let loop = ScrapeLoop(
            target, number: number, request: request, interval: interval,
            next: epoch + offset + max(0, rounds) * interval
        ) { [unowned self] in self.fire(number) }
        loops[number] = loop
        schedule(loop)
    }

    private func schedule(_ loop: ScrapeLoop) {
        guard loop.next < end else { return }
        let wait = max(0, loop.next - clock.now)
        events.timers.schedule(loop.timer, at: EventLoop.monotonicMilliseconds() + UInt64(wait * 1000))
    }

    private func fire(_ number: Int) {
        guard let loop = loops[number] else { return }
        ledger.lag.note(clock.now - loop.next, at: clock.now)
        // Once at least: the wheel counts in whole milliseconds, and fires a little early by this clock. Turns that were missed are
        // not made up for.
        repeat { loop.next += loop.interval } while loop.next <= clock.now
        schedule(loop)
        guard !loop.isInFlight else { return }
        loop.isInFlight = true
        inFlight += 1
        Task(executorPreference: executor) { await self.scrape(number) }
    }

    // MARK: One scrape

    private func scrape(_ number: Int) async {
        // The last scrape of a target that is gone comes to its end all the same.
        defer { inFlight -= 1 }
        guard let loop = loops[number] else { return }
        let start = clock.now
        let answer: Result<HTTPAnswer, ExchangeFailure>
        do throws(ExchangeFailure) {
            answer = .success(
                try await exchange(
                    loop.request, with: settings.route.destination(of: loop.target), tls: settings.route.tls,
                    pool: settings.hasConnectionsByPath ? loop.target.path : "", timeout: settings.timeout))
        } catch { answer = .failure(error) }
        let end = clock.now
        let outcome = outcome(of: answer)
        ledger.records.append(ScrapeRecord(target: loop.number, start: start, end: end, outcome: outcome))
        progress.add(outcome, seconds: end - start)
        loop.isInFlight = false
    }

    private func outcome(of answer: Result<HTTPAnswer, ExchangeFailure>) -> ScrapeOutcome {
        switch answer {
        case .failure(let failure): return .failed(failure.text)
        case .success(let answer):
            guard answer.status == 200 else { return .refused(status: answer.status, reason: answer.reason) }
            switch reader.read(answer.body, isGzip: answer.isGzip) {
            case .success(let body): return .stored(body)
            case .failure(let unreadable): return .failed(unreadable.text)
            }
        }
    }

    private func exchange(
        _ request: [UInt8], with address: SocketAddress, tls: TLSCredentials?, pool name: String, timeout: Double
    ) async throws(ExchangeFailure) -> HTTPAnswer {
        let pool = pools[name] ?? ConnectionPool(events, idleTimeout: Self.idleTimeout)
        pools[name] = pool
        let parker = Parker(events)
        parker.setDeadline(EventLoop.monotonicMilliseconds() + UInt64(timeout * 1000))
        return try await HTTPExchange(loop: events, pool: pool, parker: parker).get(
            request, from: address, tls: tls, through: settings.route.tunnel)
    }

    // MARK: What is told

    /// Status and reason, or what failed, of one scrape that is not part of the run.
    func probe(_ target: ScrapeTarget) async -> ScrapeOutcome {
        let request = PrometheusRequest.head(
            target, by: settings.route, token: settings.token, timeout: settings.timeout)
        do throws(ExchangeFailure) {
            let answer = try await exchange(
                request, with: settings.route.destination(of: target), tls: settings.route.tls, pool: "probe",
                timeout: settings.timeout)
            return outcome(of: .success(answer))
        } catch { return .failed(error.text) }
    }

    /// What happened since this was asked last.
    func takeProgress() -> ScrapeProgress {
        defer { progress.forget() }
        return progress
    }

    /// Ends all loops, waits for scrapes in flight, and hands over what was scraped.
    func finish() async -> ScrapeLedger {
        for loop in loops.values { loop.timer.cancel() }
        loops = [:]
        let patience = clock.now + settings.timeout + 1
        while inFlight > 0, clock.now < patience { try? await Task.sleep(for: .milliseconds(20)) }
        for pool in pools.values { pool.closeAll() }
        executor.stop()
        return ledger
    }
}
