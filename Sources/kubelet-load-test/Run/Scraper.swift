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
    private var progress = ScrapeProgress()
    /// Each job of Prometheus, here each path, has connections of its own.
    private var pools: [String: ConnectionPool] = [:]

    struct Settings: Sendable {
        var route: ScrapeRoute
        /// Seconds, by path.
        var intervals: [String: Double]
        /// Seconds.
        var timeout: Double
        var token: String
        var seed: UInt64
        /// Of each member, in their order.
        var machines: [String]
    }

    private static let idleTimeout: UInt64 = 300_000

    private init(_ settings: Settings, _ clock: RunClock, _ executor: LoopExecutor) throws(SocketError) {
        self.settings = settings
        self.clock = clock
        self.executor = executor
        events = try EventLoop(executor)
        reader = BodyReader(machines: settings.machines)
    }

    static func start(_ settings: Settings, clock: RunClock) throws(SocketError) -> Scraper {
        let scraper = try Scraper(settings, clock, LoopExecutor())
        scraper.startThread(named: "scraper")
        return scraper
    }

    // MARK: Targets

    /// From now on these are scraped, and no others.
    func scrape(_ targets: Set<ScrapeTarget>) {
        let ended = loops.values.filter { !targets.contains($0.target) }
        for loop in ended {
            loop.timer.cancel()
            loops[loop.number] = nil
        }
        for target in targets where numbers[target].flatMap({ loops[$0] }) == nil { start(target) }
    }

    private func start(_ target: ScrapeTarget) {
        let interval = settings.intervals[target.path] ?? 1
        let offset = ScrapeLoop.offset(of: target, seed: settings.seed, in: interval)
        let number = numbers[target] ?? ledger.targets.count
        if number == ledger.targets.count { ledger.targets.append(target) }
        numbers[target] = number
        let request = PrometheusRequest.head(
            target, by: settings.route, token: settings.token, timeout: settings.timeout)
        let rounds = ((clock.now - offset) / interval).rounded(.up)
        let loop = ScrapeLoop(
            target, number: number, request: request, interval: interval,
            next: offset + max(0, rounds) * interval
        ) { [unowned self] in self.fire(number) }
        loops[number] = loop
        schedule(loop)
    }

    private func schedule(_ loop: ScrapeLoop) {
        let wait = max(0, loop.next - clock.now)
        events.timers.schedule(loop.timer, at: EventLoop.monotonicMilliseconds() + UInt64(wait * 1000))
    }

    private func fire(_ number: Int) {
        guard let loop = loops[number] else { return }
        // Turns that were missed are not made up for.
        while loop.next <= clock.now { loop.next += loop.interval }
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
                    pool: loop.target.path, timeout: settings.timeout))
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
        return try await HTTPExchange(loop: events, pool: pool, parker: parker).get(request, from: address, tls: tls)
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
        scrape([])
        let end = clock.now + settings.timeout + 1
        while inFlight > 0, clock.now < end { try? await Task.sleep(for: .milliseconds(20)) }
        for pool in pools.values { pool.closeAll() }
        executor.stop()
        return ledger
    }
}

/// A target's loop. It belongs to the scraper's thread.
final class ScrapeLoop {
    let target: ScrapeTarget
    let number: Int
    let request: [UInt8]
    let interval: Double
    /// When its next scrape is due, by the run's clock.
    var next: Double
    var isInFlight = false
    let timer: Timer

    init(
        _ target: ScrapeTarget, number: Int, request: [UInt8], interval: Double, next: Double,
        fire: @escaping () -> Void
    ) {
        self.target = target
        self.number = number
        self.request = request
        self.interval = interval
        self.next = next
        timer = Timer(fire)
    }

    /// Where in the interval a target's scrapes lie, so that not all come at once: FNV-1a of its labels.
    static func offset(of target: ScrapeTarget, seed: UInt64, in interval: Double) -> Double {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325 ^ seed
        for byte in "\(target.node)\u{ff}\(target.instance)\u{ff}\(target.path)".utf8 {
            hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3
        }
        // The low bits of FNV are the poorer ones.
        var mixed = SplitMix64(seed: hash)
        return Double(mixed.next() % 1_000_000) / 1_000_000 * interval
    }
}
