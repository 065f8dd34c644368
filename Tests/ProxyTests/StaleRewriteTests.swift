import Addressing
import FakeCluster
import Foundation
import Testing

extension EndToEndTests {
    /// `on_stale: rewrite` (spec 5.1): node-b owns the address, dead node-a and a name that is no node's are stale.
    @Suite struct StaleRewrites {
        private func run(
            _ more: String = "", behaviour: KubeletBehaviour = KubeletBehaviour(),
            _ body: (RunningProxy, FakeCluster, FakeKubelet) async throws -> Void
        ) async throws {
            let settings = "on_stale: rewrite\nstamp: {node: __meta_kubernetes_node_name}\n\(more)"
            try await withProxy(settings, behaviour: behaviour) { (proxy, cluster, kubelet) async throws in
                // The name that waited for the proxy was the owner's own, for /metrics/slis.
                try await body(proxy, cluster, kubelet)
            }
        }

        private func scrape(
            _ proxy: RunningProxy, _ kubelet: FakeKubelet, as node: String, path: String = "/metrics",
            _ more: String...
        ) async throws -> Answer {
            try await Answer.fetch(["--proxy", proxy.url, "http://\(kubelet.address)\(path)?node=\(node)"] + more)
        }

        private static let secondClient = ["--interface", "127.0.0.2"]

        @Test(
            "A stale name gets the owner's samples under the owner's labels, while nobody scrapes the owner by its own")
        func rewritten() async throws {
            try await run { (proxy, _, kubelet) async throws in
                let stale = try await scrape(proxy, kubelet, as: "node-a")
                #expect(stale.status == 200 && stale.exitCode == 0)
                #expect(stale.field("x-kubelet-relabel-proxy-verdict") == "rewrite; reason=stale_identity")
                let samples = stale.text.split(separator: "\n").filter { !$0.hasPrefix("#") }
                #expect(samples.count > 10)
                #expect(samples.allSatisfy { $0.contains("{node=\"node-b\"") || $0.contains(",node=\"node-b\"") })
                // It holds the stream of this path, and of no other.
                let second = try await scrape(proxy, kubelet, as: "ghost")
                #expect(second.status == 421)
                #expect(second.field("x-kubelet-relabel-proxy-verdict") == "drop; reason=owner_already_scraped")
                #expect(second.statusLine.contains("Owner already scraped: \(kubelet.address) is node-b since "))
                #expect(second.statusLine.hasSuffix(", rewritten already from node-a, scrape claims ghost"))
                let other = try await scrape(proxy, kubelet, as: "ghost", path: "/metrics/cadvisor")
                #expect(other.field("x-kubelet-relabel-proxy-verdict") == "rewrite; reason=unknown_node")
                let metrics = try await proxy.admin("/metrics").text
                for (verdict, reason) in [
                    ("rewrite", "stale_identity"), ("rewrite", "unknown_node"), ("drop", "owner_already_scraped"),
                ] {
                    let name = "scrapes_total{door=\"absolute\",verdict=\"\(verdict)\",reason=\"\(reason)\"} 1"
                    #expect(metrics.contains(name), "\(name)")
                }
            }
        }

        @Test(
            "The owner's own name stops the stale stream at once, for its own downstream only, until the window is over"
        )
        func takenOver() async throws {
            try await run("takeover_window: 2s\n") { (proxy, _, kubelet) async throws in
                #expect(try await scrape(proxy, kubelet, as: "node-a").status == 200)
                #expect(try await scrape(proxy, kubelet, as: "node-b").status == 200)
                let dropped = try await scrape(proxy, kubelet, as: "node-a")
                #expect(dropped.status == 421)
                #expect(dropped.statusLine.hasSuffix(", scraped under its own name, scrape claims node-a"))
                let other = try await Answer.fetch(
                    ["--proxy", proxy.url, "http://\(kubelet.address)/metrics?node=node-a"] + Self.secondClient)
                #expect(other.status == 200)
                let begun = ContinuousClock.now
                let target = "\(kubelet.address)/metrics?node=node-a"
                #expect(try await proxy.scrape(target) { $0.status == 200 }.status == 200)
                #expect(ContinuousClock.now - begun > .seconds(1))
            }
        }

        @Test("A scrape of the owner that fails, or is HEAD, stops no stale stream")
        func nothingStored() async throws {
            var behaviour = KubeletBehaviour()
            behaviour.allowsHead = true
            try await run(behaviour: behaviour) { (proxy, _, kubelet) async throws in
                let head = try await scrape(proxy, kubelet, as: "node-b", "--head")
                #expect(head.field("x-kubelet-relabel-proxy-verdict") == "forward; reason=owner")
                kubelet.behaviour = .failing(.answers(status: 500))
                #expect(try await scrape(proxy, kubelet, as: "node-b").status == 500)
                kubelet.behaviour = .failing(.breaksOff(after: 3_000))
                #expect(try await scrape(proxy, kubelet, as: "node-b").status == 502)
                kubelet.behaviour = behaviour
                #expect(try await scrape(proxy, kubelet, as: "node-a").status == 200)
            }
        }

        @Test("What is remembered outlives a reload")
        func reload() async throws {
            try await run { (proxy, _, kubelet) async throws in
                #expect(try await scrape(proxy, kubelet, as: "node-b").status == 200)
                let text = RunningProxy.listeners() + ClusterSettings.text
                let rewrite = "on_stale: rewrite\nstamp: {owner: __meta_kubernetes_node_name}\n"
                try proxy.write(text + rewrite, to: "config.yaml")
                proxy.hangUp()
                #expect(try await proxy.wait { proxy.logText.contains("Configuration reloaded") })
                #expect(try await scrape(proxy, kubelet, as: "node-a").statusLine.contains("Owner already scraped"))
                let other = try await scrape(proxy, kubelet, as: "node-a", path: "/metrics/cadvisor")
                #expect(other.text.contains("owner=\"node-b\""))
            }
        }

        @Test("A node scraped by its name follows it to no address that is another's, but is rewritten there")
        func byName() async throws {
            try await run { (proxy, _, kubelet) async throws in
                let target = "node-a:\(kubelet.address.port)/metrics"
                let answer = try await proxy.scrape(target)
                #expect(answer.field("x-kubelet-relabel-proxy-verdict") == "rewrite; reason=stale_identity")
                // A path is a name too: the same one, and the same stream.
                let byPath = try await Answer.fetch(["\(proxy.url)/nodes/node-a:\(kubelet.address.port)/metrics"])
                #expect(byPath.field("x-kubelet-relabel-proxy-verdict") == "rewrite; reason=stale_identity")
                #expect(byPath.text.contains("node=\"node-b\""))
                let metrics = try await proxy.admin("/metrics").text
                for door in ["name", "reverse"] {
                    let name = "scrapes_total{door=\"\(door)\",verdict=\"rewrite\",reason=\"stale_identity\"} 1"
                    #expect(metrics.contains(name), "\(name)")
                }
            }
        }

        @Test("A name that nobody could be rewritten to stays dropped")
        func undecided() async throws {
            try await run { (proxy, cluster, kubelet) async throws in
                var owner = kubelet.node
                owner.mark(.unknown)
                cluster.apiServer.put(owner)
                let target = "\(kubelet.address)/metrics?node=node-a"
                let answer = try await proxy.scrape(target) { $0.status == 503 }
                #expect(answer.field("x-kubelet-relabel-proxy-verdict") == "drop; reason=no_ready_node")
                #expect(try await proxy.scrape("ghost:10250/metrics").status == 421)
                #expect(try await proxy.scrape("127.77.9.9:10250/metrics?node=node-a").status == 503)
            }
        }

        @Test("check-config says under which conditions it is sound")
        func checked() async throws {
            let file = URL.temporaryDirectory.appending(path: "config-\(UUID()).yaml")
            defer { try? FileManager.default.removeItem(at: file) }
            try Data("on_stale: rewrite\nstamp: {node: __meta_kubernetes_node_name}\n".utf8).write(to: file)
            let (status, output, errors) = try await RunningProxy.run(["check-config", file.path])
            #expect(status == 0 && errors.isEmpty)
            let lines = output.split(separator: "\n")
            #expect(lines.first == "\(file.path): valid" && lines.count == 3)
            #expect(lines.dropFirst().allSatisfy { $0.hasPrefix("\(file.path): on_stale: ") })
        }
    }
}
