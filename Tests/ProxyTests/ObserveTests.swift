import Addressing
import FakeCluster
import Foundation
import Testing

extension EndToEndTests {
    /// `mode: observe` (spec 5.2): every verdict is told, and the scrape forwarded all the same, where there is a node.
    @Suite struct Observing {
        private static let rewriting = "on_stale: rewrite\nstamp: {node: __meta_kubernetes_node_name}\n"

        /// What is told of a scrape that arrives as if there were no proxy.
        private func expect(
            _ verdict: String, of target: String, _ proxy: RunningProxy, _ kubelet: FakeKubelet
        ) async throws {
            let answer = try await proxy.scrape(target) {
                $0.status == 200 && $0.field("x-kubelet-relabel-proxy-verdict") == verdict
            }
            #expect(answer.status == 200)
            #expect(answer.field("x-kubelet-relabel-proxy-verdict") == verdict)
            #expect([UInt8](answer.body) == kubelet.body("/metrics")?.plain.joined)
        }

        @Test("A stale, moved, unknown or missing name is forwarded, with the verdict that would have been")
        func stale() async throws {
            try await withProxy("mode: observe\n") { (proxy, cluster, kubelet) async throws in
                cluster.apiServer.put(FakeNode("node-e", address: "127.77.0.99", port: kubelet.address.port))
                let target = "\(kubelet.address)/metrics"
                try await expect("forward; reason=owner", of: "\(target)?node=node-b", proxy, kubelet)
                try await expect("drop; reason=stale_identity", of: "\(target)?node=node-a", proxy, kubelet)
                try await expect("drop; reason=moved", of: "\(target)?node=node-e", proxy, kubelet)
                try await expect("drop; reason=unknown_node", of: "\(target)?node=ghost", proxy, kubelet)
                try await expect("drop; reason=no_claim", of: target, proxy, kubelet)
                let metrics = try await proxy.admin("/metrics").text
                #expect(metrics.contains("verdict=\"drop\",reason=\"stale_identity\"} 1\n"))
                #expect(!metrics.contains("verdict=\"forward\",reason=\"stale_identity\""))
            }
        }

        @Test("Where nobody owns the address it is forwarded too: two equal nodes, or none that is Ready")
        func unowned() async throws {
            try await withProxy("mode: observe\nverify_identity: off\n") { (proxy, cluster, kubelet) async throws in
                var twin = kubelet.node
                (twin.name, twin.uid) = ("node-t", "uid-of-node-t")
                cluster.apiServer.put(twin)
                let target = "\(kubelet.address)/metrics?node=node-b"
                try await expect("drop; reason=contested", of: target, proxy, kubelet)
                var owner = kubelet.node
                twin.mark(.unknown)
                owner.mark(.false)
                cluster.apiServer.put([twin, owner])
                try await expect("drop; reason=no_ready_node", of: target, proxy, kubelet)
            }
        }

        @Test("What is no node's is never dialled, and a table that isn't there yet knows no node")
        func neverDialled() async throws {
            try await withProxy("mode: observe\n", apiIsAway: true) { (proxy, cluster, kubelet) async throws in
                let target = "\(kubelet.address)/metrics?node=node-b"
                let early = try await proxy.scrape(target)
                #expect(early.status == 503)
                #expect(early.field("x-kubelet-relabel-proxy-verdict") == "drop; reason=not_synced")
                try await cluster.apiServer.comeBack()
                try await expect("forward; reason=owner", of: target, proxy, kubelet)
                kubelet.forgetRequests()
                let foreign = try await proxy.scrape("127.77.9.9:10250/metrics?node=node-b")
                #expect(foreign.field("x-kubelet-relabel-proxy-verdict") == "drop; reason=unknown_address")
                let ghost = try await proxy.scrape("ghost:10250/metrics")
                #expect(ghost.status == 421)
                #expect(ghost.field("x-kubelet-relabel-proxy-verdict") == "drop; reason=unknown_node")
                let port = try await proxy.scrape("\(kubelet.address.ip):22/metrics?node=node-b")
                #expect(port.field("x-kubelet-relabel-proxy-verdict") == "drop; reason=port_not_allowed")
                #expect(kubelet.requests.isEmpty)
            }
        }

        @Test("What would be rewritten passes as it is, and is remembered as if it were")
        func rewriting() async throws {
            try await withProxy("mode: observe\n" + Self.rewriting) { (proxy, _, kubelet) async throws in
                let target = "\(kubelet.address)/metrics"
                try await expect("rewrite; reason=stale_identity", of: "\(target)?node=node-a", proxy, kubelet)
                try await expect("drop; reason=owner_already_scraped", of: "\(target)?node=ghost", proxy, kubelet)
                let own = try await proxy.scrape("\(target)?node=node-b")
                #expect(own.text.contains("node=\"node-b\""))
                try await expect("drop; reason=owner_already_scraped", of: "\(target)?node=node-a", proxy, kubelet)
                let metrics = try await proxy.admin("/metrics").text
                #expect(metrics.contains("verdict=\"rewrite\",reason=\"stale_identity\"} 1\n"))
            }
        }
    }
}
