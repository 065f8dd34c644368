import Addressing
import FakeCluster
import Foundation
import Testing

extension EndToEndTests {
    /// Who really answers, where a tunnel does not show it (spec 6.2, 6.3).
    @Suite struct TunnelEvidence {
        private func connect(_ proxy: RunningProxy, _ kubelet: FakeKubelet) throws -> (RawConnection, head: String) {
            let connection = try RawConnection(to: proxy.url)
            connection.send(Tunnels.connect("node-b:\(kubelet.address.port)"))
            return (connection, connection.receive(until: "\r\n\r\n").text)
        }

        /// A certificate of the cluster's CA for the right address and another node.
        private func useForeignCertificate(_ cluster: FakeCluster, _ kubelet: FakeKubelet) async throws {
            let foreign = try cluster.authority.issue(.kubelet(node: "node-a", addresses: [kubelet.address.ip]))
            try kubelet.use(foreign.identity)
            await kubelet.dropConnections()
        }

        @Test("With verify_identity: require a verified certificate proves the owner, and another node's is refused")
        func required() async throws {
            try await withProxy("verify_identity: require\n") { (proxy, cluster, kubelet) async throws in
                #expect(try connect(proxy, kubelet).head.hasPrefix("HTTP/1.1 200 "))
                // Nothing was asked: the handshake showed it.
                #expect(kubelet.requests.isEmpty)
                try await useForeignCertificate(cluster, kubelet)
                let (_, head) = try connect(proxy, kubelet)
                #expect(head.hasPrefix("HTTP/1.1 421 "), "\(head)")
                #expect(
                    head.contains("\r\nX-Kubelet-Relabel-Proxy-Verdict: drop; reason=wrong_evidence\r\n"), "\(head)")
            }
        }

        @Test(
            "An owner that can't be proved is refused, and only reported with mode: observe", arguments: [true, false])
        func unproven(enforced: Bool) async throws {
            var behaviour = KubeletBehaviour()
            behaviour.authorization = .tokens(["secret"])
            let settings = "verify_identity: require\nmode: \(enforced ? "enforce" : "observe")\n"
            try await withProxy(settings, behaviour: behaviour) { (proxy, cluster, kubelet) async throws in
                // Of the address, and of no node: it proves nothing.
                let text = ClusterSettings.text.replacing("ca_file: ca.crt", with: "insecure_skip_verify: true")
                try proxy.write(RunningProxy.listeners() + text + settings, to: "config.yaml")
                proxy.hangUp()
                #expect(try await proxy.wait { proxy.logText.contains("Configuration reloaded") })
                try kubelet.use(CertificateAuthority.selfSign(.selfSignedKubelet(host: "node-b", madeAt: 0)).identity)
                await kubelet.dropConnections()
                let (_, head) = try connect(proxy, kubelet)
                #expect(head.hasPrefix("HTTP/1.1 \(enforced ? 421 : 200) "), "\(head)")
                #expect(head.contains("\r\nX-Kubelet-Relabel-Proxy-Verdict: drop; reason=unproven\r\n"), "\(head)")
            }
        }

        @Test("A scrape that meets another machine closes the tunnels to it within a second")
        func contradicted() async throws {
            try await withProxy { (proxy, cluster, kubelet) async throws in
                try await useForeignCertificate(cluster, kubelet)
                let (tunnel, head) = try connect(proxy, kubelet)
                #expect(head.hasPrefix("HTTP/1.1 200 "))
                #expect(try await proxy.scrape("\(kubelet.address)/metrics?node=node-b").status == 421)
                let begun = ContinuousClock.now
                #expect(tunnel.receive().isClosed)
                #expect(ContinuousClock.now - begun < .seconds(1))
                #expect(try connect(proxy, kubelet).head.hasPrefix("HTTP/1.1 421 "))
            }
        }
    }
}
