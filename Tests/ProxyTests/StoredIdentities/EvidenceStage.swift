import Addressing
import FakeCluster
import Foundation
import Testing

/// A cluster and the built proxy in front of it, where scenarios happen side by side, each at addresses of its own.
struct EvidenceStage: Sendable {
    let kind: Kind
    let cluster: FakeCluster
    let proxy: RunningProxy

    /// Milliseconds of a scrape's time that the proxy leaves alone: the default would be half of it.
    static let timeoutOffset = 100

    /// What kubelets speak and show, and how much the proxy asks for.
    enum Kind: String, CaseIterable, Sendable {
        case issued
        case selfSigned
        case plain
        /// `verify_identity: require`, here and below.
        case plainRequire
        case selfSignedRequire

        var isRequire: Bool { self == .plainRequire || self == .selfSignedRequire }

        var port: EvidenceBench.Port {
            switch self {
            case .issued: .issued
            case .selfSigned, .selfSignedRequire: .selfSigned
            case .plain, .plainRequire: .plain
            }
        }

        fileprivate var configuration: String {
            let more = "connect_timeout: 1s, timeout_offset: \(timeoutOffset)ms"
            let upstream = port.upstream.replacing("connect_timeout: 1s", with: more)
            return upstream + (isRequire ? "verify_identity: require\n" : "")
        }

        /// Of 127.79.0.0/16.
        func address(_ number: Int) throws -> IPAddress {
            let network = 10 + (Self.allCases.firstIndex(of: self) ?? 0)
            return try #require(IPAddress("127.79.\(network).\(number)"))
        }
    }

    /// One of each kind, until the body is through.
    static func run(_ body: ([EvidenceStage]) async throws -> Void) async throws {
        var stages: [EvidenceStage] = []
        let failure: (any Error)?
        do {
            for kind in Kind.allCases { stages.append(try await start(kind)) }
            try await body(stages)
            failure = nil
        } catch { failure = error }
        for stage in stages {
            #expect(await stage.proxy.stop() == 0)
            await stage.cluster.stop()
        }
        if let failure { throw failure }
    }

    private static func start(_ kind: Kind) async throws -> EvidenceStage {
        let cluster = try await FakeCluster.start()
        let nodes = "nodes: {kubernetes: {kubeconfig: kubeconfig}, allow_loopback_nodes: true}\n"
        let proxy = try await RunningProxy.start(nodes + kind.configuration, files: ClusterSettings.files(of: cluster))
        #expect(try await proxy.wait { try await proxy.admin("/-/ready").status == 200 })
        return EvidenceStage(kind: kind, cluster: cluster, proxy: proxy)
    }

    /// The node that an address belongs to, as the proxy knows it: nothing is asked of a kubelet for this.
    func owner(of address: SocketAddress) async throws -> String? {
        struct Group: Decodable {
            let targets: [String]
            let labels: [String: String]
        }
        let answer = try await Answer.fetch(["\(proxy.url)/sd/kubelets"])
        let groups = try JSONDecoder().decode([Group].self, from: answer.body)
        return groups.first { $0.targets == ["\(address)"] }?.labels["__meta_kubernetes_node_name"]
    }
}
