import Addressing
import Connections
import EventLoop
import Identity
import Instrumentation
import Listening

/// An open tunnel, its connection to the kubelet, and what it was let through for.
final class JudgedTunnel {
    let intent: ConnectIntent
    let kubelet: JudgedKubelet
    private let upstream: UpstreamConnection
    private let tunnel: ConnectTunnel

    init(
        _ intent: ConnectIntent, _ kubelet: JudgedKubelet, _ upstream: UpstreamConnection,
        from downstream: DownstreamConnection, on loop: EventLoop, _ metrics: ProxyMetrics
    ) {
        self.intent = intent
        self.kubelet = kubelet
        self.upstream = upstream
        tunnel = ConnectTunnel(from: downstream, to: upstream.channel, on: loop) { direction, count in
            metrics.tunnelBytes(direction).increment(by: count)
        }
    }

    var isIdle: Bool { tunnel.isIdle }

    func end(abruptly: Bool) { tunnel.end(abruptly: abruptly) }

    func run() async -> ConnectTunnel.Ending {
        let ending = await tunnel.run()
        upstream.close()
        return ending
    }
}
