import Addressing
import EventLoop
import Identity
import Instrumentation
import Listening
import Logging
import Settings

/// The tunnels of one loop: how many there may be, and which of them must end.
///
/// A verdict may turn without any event, as when a table grows too old, and by events that concern the tunnel's address only
/// in a roundabout way. So all tunnels are judged again and again: 1,000 of them take less than a millisecond. An address
/// whose owner changed need not wait for that.
final class OpenTunnels {
    var judge: ScrapeJudge
    private let verifier: IdentityVerifier
    private let loop: EventLoop
    private let metrics: ProxyMetrics
    private let log: Logger
    private var open: [ObjectIdentifier: JudgedTunnel] = [:]
    /// Those that are being dialled count too.
    private var admitted = 0
    private var isDraining = false
    private var alarm: Timer?
    /// Milliseconds; a tunnel whose verdict turned may stay for a second (spec 3.5).
    private static let interval: UInt64 = 500
    private static let drainingInterval: UInt64 = 100

    init(_ judge: ScrapeJudge, _ verifier: IdentityVerifier, on loop: EventLoop, metrics: ProxyMetrics, log: Logger) {
        self.judge = judge
        self.verifier = verifier
        self.loop = loop
        self.metrics = metrics
        self.log = log
    }

    deinit { alarm?.cancel() }

    /// `leave` or `run` must follow (spec 8.6).
    func admit(_ kubelet: JudgedKubelet, atMost limit: Int) throws(ErrorResponse) {
        guard admitted >= limit else {
            admitted += 1
            return
        }
        metrics.limitsExceeded.child("tunnels").increment()
        var refusal = ErrorResponse(.limit, "Too many tunnels: limits.tunnels is reached")
        refusal.retryAfter = 1
        refusal.address = kubelet.address
        refusal.owner = kubelet.owner?.name
        throw refusal
    }

    func leave() { admitted -= 1 }

    /// Until the tunnel ends.
    func run(_ tunnel: JudgedTunnel) async {
        open[ObjectIdentifier(tunnel)] = tunnel
        metrics.tunnels.increment()
        scheduleSweep()
        let ending = await tunnel.run()
        open[ObjectIdentifier(tunnel)] = nil
        metrics.tunnels.decrement()
        leave()
        log.debug("Tunnel ended", metadata: ["address": "\(tunnel.kubelet.address)", "ending": "\(ending)"])
    }

    // MARK: Which must end

    /// Judges the tunnels to these addresses again, now.
    func judge(at addresses: Set<IPAddress>) {
        for tunnel in open.values where addresses.contains(tunnel.kubelet.address.ip) { judge(tunnel) }
    }

    private func judge(_ tunnel: JudgedTunnel) {
        guard let why = turned(tunnel) else { return }
        log.debug(
            "Tunnel cut, its verdict turned",
            metadata: [
                "address": "\(tunnel.kubelet.address)", "reason": "\(why.reason.rawValue)", "phrase": "\(why.phrase)",
            ])
        tunnel.end(abruptly: true)
    }

    /// Why the tunnel would not be opened now, or not to where it leads; nil: it would.
    private func turned(_ tunnel: JudgedTunnel) -> ErrorResponse? {
        do throws(ErrorResponse) {
            let verdict = try judge.verdict(on: tunnel.intent.claim, at: tunnel.intent.destination)
            if let reason = DropReason(verdict.reason), judge.mayDrop(verdict) {
                return judge.refusal(reason, verdict, claimsBy: .host)
            }
            guard judge.configuration.settings.mode == .enforce else { return nil }
            // Another machine was seen to answer at the address. The next CONNECT has it looked at.
            if verdict.evidenceDemand == .proof, verifier.requiresProof(verdict) {
                return judge.refusal(.unproven, verdict, "The owner of the address is in doubt")
            }
            let kubelet = try judge.kubelet(of: verdict, .forward)
            guard kubelet.isSameMachine(as: tunnel.kubelet) else {
                return ErrorResponse(.moved, "The name or the address belongs to another machine now")
            }
            return nil
        } catch { return error }
    }

    private func scheduleSweep() {
        let alarm = alarm ?? Timer { [unowned self] in self.sweep() }
        self.alarm = alarm
        guard !alarm.isScheduled, !open.isEmpty else { return }
        loop.timers.schedule(alarm, at: loop.now + (isDraining ? Self.drainingInterval : Self.interval))
    }

    private func sweep() {
        for tunnel in open.values {
            judge(tunnel)
            if isDraining, tunnel.isIdle { tunnel.end(abruptly: false) }
        }
        scheduleSweep()
    }

    /// Ends tunnels as soon as no scrape seems to be under way inside. Those that last too long end with their connections.
    func drain() {
        isDraining = true
        alarm?.cancel()
        sweep()
    }
}

extension JudgedKubelet {
    fileprivate func isSameMachine(as other: JudgedKubelet) -> Bool {
        guard address == other.address else { return false }
        guard let owner, let otherOwner = other.owner else { return owner == nil && other.owner == nil }
        return owner.isSameMachine(as: otherOwner)
    }
}
