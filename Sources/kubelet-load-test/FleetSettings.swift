import Addressing
import FakeCluster

/// What `fleet` was asked for.
struct FleetSettings: Sendable {
    var targets: Int
    var base: IPAddress
    var port: UInt16
    /// nil: no API server.
    var apiAddress: SocketAddress?
    var controlAddress: SocketAddress
    var corpus: MetricsCorpus
    var kubeletPort: KubeletPort
    var behaviour: KubeletBehaviour
    var scenario: FleetScenario
    var isLive: Bool
    var directory: String
    var scraperToken: String

    /// The address of the kubelet with that index.
    func address(_ index: Int) -> IPAddress {
        IPAddress(v4: (base.v4 ?? 0x7f01_0001) &+ UInt32(index))
    }
}
