import Addressing
import Connections
import EventLoop
import Exposition
import HTTP
import Identity
import Instrumentation
import Listening
import Logging
import Scraping
import Settings

/// The path of a scrape, from the head of its request to the last byte of its answer. One a loop.
final class ScrapeHandler: RequestHandler {
    private(set) var configuration: ProxyConfiguration
    /// Each answer is the last one of its connection then.
    var isDraining = false
    private let loop: EventLoop
    private let identities: IdentityStore
    private let metrics: ProxyMetrics
    private let log: Logger
    private let isObserved: Bool
    private let showsChanges: Bool
    private let tally: ScrapeTally
    private let limits = InFlightLimits()
    private let gzip = GzipPool()
    private var plans: RewritePlans
    private var takeovers: Takeovers
    private var judge: ScrapeJudge
    private let connects: ConnectHandler
    private let interceptions: InterceptHandler
    var tunnels: OpenTunnels { connects.tunnels }
    var client: ScrapeClient { route.client }
    private var route: ScrapeRoute
    let verifier: IdentityVerifier
    private var lastRequestID: UInt64

    init(
        _ configuration: ProxyConfiguration, on loop: EventLoop, identities: IdentityStore, metrics: ProxyMetrics,
        log: Logger, observer: (any ScrapeObserver)? = nil
    ) {
        self.configuration = configuration
        self.loop = loop
        self.identities = identities
        self.metrics = metrics
        self.log = log
        isObserved = observer != nil
        showsChanges = observer?.wantsChanges == true
        tally = ScrapeTally(metrics, log: log, observer: observer)
        plans = RewritePlans(configuration)
        takeovers = Takeovers(configuration.settings)
        judge = ScrapeJudge(configuration: configuration, identities: identities)
        interceptions = InterceptHandler(on: loop, metrics: metrics, log: log)
        interceptions.adopt(configuration.settings.listeners)
        let upstream = configuration.settings.upstream
        let client = ScrapeClient(
            loop, tls: configuration.tls, connectTimeout: upstream.connectTimeout.milliseconds,
            idleTimeout: configuration.settings.limits.idleTimeout.milliseconds)
        route = ScrapeRoute(client: client)
        verifier = IdentityVerifier(
            configuration, identities: identities, client: client, on: loop, gzip: gzip, metrics: metrics,
            changeLog: IdentityChangeLog(metrics: metrics, log: log))
        connects = ConnectHandler(judge, verifier, on: loop, metrics: metrics, log: log)
        lastRequestID = UInt64.random(in: 0...UInt64.max)
    }

    func adopt(_ configuration: ProxyConfiguration) {
        self.configuration = configuration
        plans = RewritePlans(configuration)
        takeovers.adopt(configuration.settings)
        verifier.configuration = configuration
        judge = ScrapeJudge(configuration: configuration, identities: identities)
        connects.judge = judge
        interceptions.adopt(configuration.settings.listeners)
        client.tls = route.apiServer?.credentials ?? configuration.tls
        client.connectTimeout = configuration.settings.upstream.connectTimeout.milliseconds
        client.pool.idleTimeout = configuration.settings.limits.idleTimeout.milliseconds
    }

    /// From now on all scrapes go there (`via: api_server`).
    func reach(through apiServer: APIServerRoute) {
        route.apiServer = apiServer
        client.tls = apiServer.credentials
        client.pool.dialLimit = APIServerRoute.dialLimit
    }

    func answer(_ request: RequestHead, to downstream: DownstreamConnection) async -> Bool {
        var scrape = ScrapeRecord(begun: loop.now, keepsAlive: request.keepsAlive && !isDraining)
        var turn: TakeoverMemory.Turn?
        do throws(ErrorResponse) {
            try request.refuseBody()
            if downstream.tunnelTarget != nil { scrape.door = .intercepted }
            let target = try target(of: request, to: downstream)
            if route.apiServer != nil {
                try request.refuseStrangeHost(target, on: configuration.settings.listeners[downstream.listener])
            }
            if case .discovery(let resource) = target { return await discover(request, resource, downstream, scrape) }
            scrape.door = scrape.door ?? Door(target)
            if isObserved { (scrape.claim, scrape.path) = (target.claim, target.path) }
            if case .authority(let host, let port) = target, interceptions.intercepts(downstream) {
                scrape.door = .intercepted
                return try await interceptions.open(
                    request, to: HostAndPort(host, port: port), port: port, downstream, judge: judge)
            }
            if case .authority(let host, let port) = target {
                return try await connect(request, host, port: port, downstream, &scrape)
            }
            let intent = try ScrapeIntent(request, target, configuration)
            (scrape.claim, scrape.path) = (intent.claim, intent.path)
            if showsChanges { scrape.changes = ChangeRecorder() }
            let verdict = try await verdict(on: request, intent, downstream, &scrape)
            let kubelet = try judge.kubelet(of: verdict, scrape.verdict)
            (scrape.address, scrape.owner) = (kubelet.address, kubelet.owner)
            try admit(kubelet)
            defer { leave(kubelet) }
            // Samples come with a body only.
            if !intent.isHead {
                turn = takeovers.begin(
                    verdict, as: scrape.verdict, path: intent.path, from: downstream.scraper, at: loop.now)
            }
            try await relay(request, intent, verdict, kubelet, to: downstream, &scrape)
        } catch {
            await refuse(error, request, downstream, &scrape)
        }
        if let turn { takeovers.end(turn, isStored: scrape.isStored) }
        tally.count(scrape)
        return scrape.keepsAlive
    }

    /// A CONNECT counts when it is answered; then a tunnel takes up the rest of the connection.
    private func connect(
        _ request: RequestHead, _ host: Host, port: UInt16, _ downstream: DownstreamConnection,
        _ scrape: inout ScrapeRecord
    ) async throws(ErrorResponse) -> Bool {
        let tunnel = try await connects.open(request, host, port: port, to: downstream, &scrape)
        tally.count(scrape)
        await tunnels.run(tunnel)
        return false
    }

    func refuse(_ error: HTTPError, to downstream: DownstreamConnection) async {
        metrics.malformedRequests.increment()
        var scrape = ScrapeRecord(begun: loop.now, keepsAlive: false)
        await refuse(ErrorResponse(error), asJSON: false, withoutBody: false, downstream, &scrape)
    }

    /// Not a scrape: nothing is counted.
    private func discover(
        _ request: RequestHead, _ resource: PathAndQuery, _ downstream: DownstreamConnection, _ record: ScrapeRecord
    ) async -> Bool {
        var record = record
        do throws(ErrorResponse) {
            let isWhole = try await ServiceDiscoveryHandler(identities: identities, loop: loop).answer(
                request, resource, configuration, keepsAlive: record.keepsAlive, to: downstream)
            return isWhole && record.keepsAlive
        } catch {
            await refuse(error, request, downstream, &record)
            return record.keepsAlive
        }
    }

    // MARK: Deciding

    private func target(
        of request: RequestHead, to downstream: DownstreamConnection
    ) throws(ErrorResponse) -> RequestTarget {
        let target: RequestTarget
        do throws(HTTPError) {
            target = try RequestTarget(request)
            // Inside a tunnel all paths are the kubelet's.
            guard downstream.tunnelTarget != nil else { return try target.resolvingOwnPath() }
        } catch { throw ErrorResponse(inTarget: error) }
        guard let tunnel = downstream.tunnelTarget else { return target }
        return try target.inside(tunnelTo: tunnel, request)
    }

    /// The verdict of the table, once (spec 5), and what `on_stale` makes of it; where several nodes are Ready, when the kubelet
    /// was asked (spec 6.4).
    private func verdict(
        on request: RequestHead, _ intent: ScrapeIntent, _ downstream: DownstreamConnection,
        _ scrape: inout ScrapeRecord
    ) async throws(ErrorResponse) -> IdentityVerdict {
        if intent.claim.isNone { metrics.unclaimedScrapes.increment() }
        var verdict = try judge.verdict(on: intent.claim, alsoNamed: intent.secondName, at: intent.destination)
        if verdict.evidenceDemand == .inquiry, let key = verdict.evidenceKey, verdict.dialableAddress != nil {
            await settle(key, verdict, request, intent, downstream, scrape)
            verdict = identities.verdict(for: intent.claim, at: intent.destination)
        }
        try judge.refuseOtherScheme(than: intent.spelledScheme, of: verdict)
        guard let reason = DropReason(verdict.reason) else { return verdict }
        let takeover = takeovers.answer(to: verdict, path: intent.path, from: downstream.scraper, at: loop.now)
        switch takeover {
        case .rewrite:
            scrape.verdict = .rewrite(reason)
            return verdict
        case .refuse: scrape.verdict = .drop(.ownerAlreadyScraped)
        case nil: scrape.verdict = .drop(reason)
        }
        guard judge.mayDrop(verdict) else { return verdict }
        if case .refuse(let why) = takeover {
            throw judge.refusal(.ownerAlreadyScraped, verdict, verdict.explanation(of: why, at: judge.unixSeconds))
        }
        throw judge.refusal(reason, verdict, claimsBy: .parameter(configuration.settings.claims.parameter))
    }

    private func admit(_ kubelet: JudgedKubelet) throws(ErrorResponse) {
        guard let exceeded = limits.enter(kubelet.bearer, configuration.settings.limits) else {
            metrics.scrapesInFlight.increment()
            return
        }
        metrics.limitsExceeded.child(exceeded.rawValue).increment()
        var refusal = ErrorResponse(.limit, "Too many scrapes: limits.\(exceeded.rawValue) is reached")
        refusal.retryAfter = 1
        refusal.address = kubelet.address
        refusal.owner = kubelet.owner?.name
        throw refusal
    }

    private func leave(_ kubelet: JudgedKubelet) {
        limits.leave(kubelet.bearer)
        metrics.scrapesInFlight.decrement()
    }

    // MARK: Moving the bytes

    private func relay(
        _ request: RequestHead, _ intent: ScrapeIntent, _ verdict: IdentityVerdict, _ kubelet: JudgedKubelet,
        to downstream: DownstreamConnection, _ scrape: inout ScrapeRecord
    ) async throws(ErrorResponse) {
        let timeout = timeout(of: intent)
        let deadline = scrape.begun + timeout
        downstream.beginExchange(deadline: deadline)
        let check = verifier.check(
            verdict, request, intent, to: kubelet.address, isTLS: kubelet.isTLS, deadline: deadline)
        let plan = plans.plan(for: kubelet.labels, at: kubelet.address, path: intent.path)
        let outgoing = try route.request(
            for: request, intent, kubelet, plan, withAuthorization: configuration.forwardsAuthorization,
            with: &downstream.upstreamHead)
        do throws(ScrapeError) {
            let answer = try await route.send(outgoing, waitingWith: downstream.parker) {
                (connection) async throws(ScrapeError) in
                guard let check else { return true }
                return try await verifier.admits(connection, check, waitingWith: downstream.parker)
            }
            let watch = check.flatMap { EvidenceWatch(answer, $0, verifier) }
            // In `mode: observe` only: otherwise there were no answer.
            if let refusal = verifier.refusal(of: answer, check) { scrape.verdict = .drop(refusal) }
            do throws(ScrapeError) {
                if route.apiServer != nil {
                    try await APIServerRefusal.check(
                        answer, node: kubelet.occupant?.name ?? "", waitingWith: downstream.parker)
                }
                if let plan, Rewriting.applies(to: answer.head) {
                    let coding = AcceptEncoding(request.fields.list(.acceptEncoding)).coding
                    try await Rewriting(plan: plan, pool: gzip, coding: coding, loop: loop)
                        .relay(answer, isHead: intent.isHead, watchedBy: watch, to: downstream, &scrape)
                } else {
                    try await PassThrough.relay(answer, watchedBy: watch, to: downstream, &scrape)
                }
                if let refusal = verifier.refusal(of: answer, check) { scrape.verdict = .drop(refusal) }
                if isObserved, check != nil { scrape.evidence = verifier.evidence(of: answer) }
                answer.finish()
                scrape.isStored = answer.head.status == 200
            } catch {
                answer.abandon()
                throw error
            }
        } catch {
            var refusal = ErrorResponse(error, timeout: timeout, isOfAPIServer: route.apiServer != nil)
            refusal.claim = intent.claim.node
            refusal.address = kubelet.address
            refusal.owner = kubelet.owner?.name
            throw refusal
        }
    }

    /// Asks the kubelet at a key where several nodes are Ready.
    private func settle(
        _ key: SocketAddress, _ verdict: IdentityVerdict, _ request: RequestHead, _ intent: ScrapeIntent,
        _ downstream: DownstreamConnection, _ scrape: ScrapeRecord
    ) async {
        guard let address = verdict.dialableAddress, let scheme = judge.scheme(of: address, in: verdict) else { return }
        let deadline = scrape.begun + timeout(of: intent)
        downstream.beginExchange(deadline: deadline)
        await verifier.settle(
            key, at: address, isTLS: scheme == .https, for: request, deadline: deadline,
            waitingWith: downstream.parker)
    }

    /// Milliseconds.
    private func timeout(of intent: ScrapeIntent) -> UInt64 {
        configuration.timeout.milliseconds(for: intent.scraperTimeout)
    }

    private func refuse(
        _ refusal: ErrorResponse, _ request: RequestHead, _ downstream: DownstreamConnection,
        _ scrape: inout ScrapeRecord
    ) async {
        let asJSON = request.fields.list(.accept)?.contains("application/json") == true
        await refuse(refusal, asJSON: asJSON, withoutBody: request.method == .head, downstream, &scrape)
    }

    /// Answers in the kubelet's place; an answer that has begun is cut instead, so that the scraper discards it.
    private func refuse(
        _ refusal: ErrorResponse, asJSON: Bool, withoutBody: Bool, _ downstream: DownstreamConnection,
        _ scrape: inout ScrapeRecord
    ) async {
        scrape.dropped = refusal.reason
        scrape.refusal = refusal
        log.debug(
            "Scrape not forwarded", metadata: ["reason": "\(refusal.reason.rawValue)", "phrase": "\(refusal.phrase)"])
        guard !scrape.isHeadSent, refusal.reason != .downstreamGone else {
            scrape.keepsAlive = false
            if scrape.isHeadSent { downstream.cutAnswer() }
            return
        }
        if refusal.closesConnection { scrape.keepsAlive = false }
        scrape.status = refusal.status
        lastRequestID &+= 1
        let bytes = refusal.write(
            to: &downstream.head, requestID: String(lastRequestID, radix: 16),
            asJSON: asJSON, withoutBody: withoutBody, closes: !scrape.keepsAlive)
        do throws(Interruption) { try await downstream.writeLast(bytes) } catch { scrape.keepsAlive = false }
    }
}
