import Addressing
import FakeCluster
import Foundation
import Testing

extension EndToEndTests {
    /// `/sd/kubelets` of the built proxy, read by hand and by a real Prometheus.
    @Suite("Service discovery") struct ServiceDiscovery {
        private struct Group: Decodable, Hashable {
            let targets: [String]
            let labels: [String: String]
        }

        private func groups(_ answer: Answer) throws -> [Group] {
            try JSONDecoder().decode([Group].self, from: answer.body)
        }

        private func targets(_ proxy: RunningProxy, _ query: String = "", _ more: String...) async throws -> Answer {
            try await Answer.fetch(["\(proxy.url)/sd/kubelets\(query)"] + more)
        }

        /// Waits until so many groups are listed.
        private func groups(of proxy: RunningProxy, count: Int) async throws -> [Group] {
            _ = try await proxy.wait { try await groups(targets(proxy)).count == count }
            return try groups(await targets(proxy))
        }

        @Test("The owner is listed with its labels, its path and its claim; the stale name is not")
        func lists() async throws {
            try await withProxy { (proxy, cluster, kubelet) async throws in
                var node = kubelet.node
                node.labels["pool"] = "a \"quoted\" one"
                node.annotations = ["example.com/note": "blau ☃"]
                cluster.apiServer.put(node)
                let isNew = try await proxy.wait { try await targets(proxy).text.contains("quoted") }
                #expect(isNew)
                let answer = try await targets(proxy, "?path=/metrics/slis&path=/metrics")
                #expect(answer.status == 200)
                #expect(answer.field("content-type") == "application/json")
                let all = try groups(answer)
                #expect(all.map(\.targets) == [["\(kubelet.address)"], ["\(kubelet.address)"]])
                #expect(all.map { $0.labels["__metrics_path__"] } == ["/metrics", "/metrics/slis"])
                let labels = try #require(all.first?.labels)
                #expect(labels["__param_node"] == "node-b")
                #expect(labels["__meta_kubernetes_node_name"] == "node-b")
                #expect(labels["__meta_kubernetes_node_label_pool"] == "a \"quoted\" one")
                #expect(labels["__meta_kubernetes_node_annotation_example_com_note"] == "blau ☃")
                #expect(labels["__meta_kubernetes_node_condition_ready"] == "true")
                #expect(labels.keys.allSatisfy { $0.hasPrefix("__") } && labels["__address__"] == nil)
                // Nothing but what Prometheus reads.
                let raw = try #require(try JSONSerialization.jsonObject(with: answer.body) as? [[String: Any]])
                #expect(raw.allSatisfy { Set($0.keys) == ["targets", "labels"] })
            }
        }

        @Test("The tag stays while the list does, HEAD has no body, and what is known already is not sent again")
        func tags() async throws {
            try await withProxy { (proxy, cluster, kubelet) async throws in
                let first = try await targets(proxy)
                let tag = try #require(first.field("etag"))
                let head = try await targets(proxy, "", "-I")
                // curl counts the head as the body then.
                #expect(head.status == 200 && head.text == head.head && head.field("etag") == tag)
                #expect(head.field("content-length") == "\(first.body.count)")
                for known in [tag, "\"x\", W/\(tag)", "*"] {
                    let answer = try await targets(proxy, "", "-H", "If-None-Match: \(known)")
                    #expect(answer.status == 304 && answer.body.isEmpty && answer.field("etag") == tag)
                }
                #expect(try await targets(proxy, "", "-H", "If-None-Match: \"x\"").status == 200)
                cluster.apiServer.put(FakeNode("node-c", address: "127.77.0.6"))
                #expect(try await groups(of: proxy, count: 2).count == 2)
                let changed = try await targets(proxy, "", "-H", "If-None-Match: \(tag)")
                #expect(changed.status == 200 && changed.field("etag") != tag)
            }
        }

        @Test("Dual stack, shared addresses, ports and selectors")
        func choices() async throws {
            try await withProxy { (proxy, cluster, kubelet) async throws in
                var dual = FakeNode("node-c", address: "127.77.0.6", createdAt: 1_795_000_000)
                dual.addresses.insert(FakeNode.Address("InternalIP", "fd00::6"), at: 0)
                dual.labels["pool"] = "big"
                cluster.apiServer.put(dual)
                // Two kubelets at one address.
                cluster.apiServer.put(FakeNode("node-d", address: "127.77.0.7"))
                cluster.apiServer.put(FakeNode("node-e", address: "127.77.0.7", port: 10251))
                let all = try await groups(of: proxy, count: 4)
                #expect(
                    all.flatMap(\.targets) == [
                        "\(kubelet.address)", "[fd00::6]:10250", "127.77.0.7:10250", "127.77.0.7:10251",
                    ])
                let plain = try groups(await targets(proxy, "?port=10255"))
                #expect(plain.flatMap(\.targets) == ["127.77.0.5:10255", "[fd00::6]:10255", "127.77.0.7:10255"])
                #expect(plain.last?.labels["__param_node"] == "node-d")
                let own = try groups(await targets(proxy, "?port=10251"))
                #expect(own.flatMap(\.targets) == ["127.77.0.7:10251"])
                let big = try groups(await targets(proxy, "?selector=pool+in+(big),kubernetes.io/os%3Dlinux"))
                #expect(big.flatMap(\.targets) == ["[fd00::6]:10250"])
                #expect(try await targets(proxy, "?selector=pool%3Dsmall").text == "[\n]\n")
            }
        }

        @Test(
            "What is wrong is refused, with a remedy",
            arguments: [
                ("?path=/exec", 400, "upstream.paths"), ("?port=22", 400, "upstream.ports"),
                ("?selector=a,,b", 400, "selector"),
                ("?node=x", 400, "selector"), ("/x", 404, "/nodes/NAME/metrics"),
            ])
        func refused(query: String, status: Int, word: String) async throws {
            try await withProxy { (proxy, _, _) async throws in
                let answer = try await targets(proxy, query)
                #expect(answer.status == status)
                #expect(answer.text.contains(word), "\(answer.text)")
                #expect(try await targets(proxy, "", "-X", "POST").status == 403)
                #expect(try await proxy.scrape("x/sd/kubelets").status == 403)
            }
        }

        @Test("Before the first list the answer is 503, and a table that is too old is one, too")
        func unsynced() async throws {
            try await withProxy(nodes: "max_staleness: 1s", apiIsAway: true) { (proxy, cluster, _) async throws in
                let early = try await targets(proxy)
                #expect(early.status == 503 && early.text.hasPrefix("not_synced"))
                try await cluster.apiServer.comeBack()
                let isListed = try await proxy.wait { try await targets(proxy).status == 200 }
                #expect(isListed)
                await cluster.apiServer.goAway()
                let isStale = try await proxy.wait { try await targets(proxy).status == 503 }
                #expect(isStale)
                #expect(try await targets(proxy).text.hasPrefix("stale_table"))
            }
        }

        @Test(
            "Prometheus scrapes what is listed, forgets who is gone, and keeps its list while there is none to give",
            .enabled(if: RunningPrometheus.isInstalled))
        func prometheus() async throws {
            try await withProxy(nodes: "max_staleness: 1s") { (proxy, cluster, kubelet) async throws in
                let second = try await cluster.kubelet(
                    "node-c", at: SocketAddress(try #require(IPAddress("127.77.0.6")), port: 0))
                cluster.apiServer.put(second.node)
                let prometheus = try await RunningPrometheus.start(
                    """
                    global: {scrape_interval: 500ms, scrape_timeout: 500ms}
                    scrape_configs:
                      - job_name: kubelets
                        proxy_url: \(proxy.url)
                        scheme: http
                        http_sd_configs:
                          - {url: "\(proxy.url)/sd/kubelets?path=/metrics&path=/metrics/cadvisor", refresh_interval: 1s}
                        relabel_configs:
                          - {source_labels: [__meta_kubernetes_node_name], target_label: node}
                          - {source_labels: [__metrics_path__], target_label: metrics_path}
                    """)
                let failure: (any Error)?
                do {
                    try await prometheus.waitForTargets(4)
                    #expect(Set(try await prometheus.query("up").map { $0.labels["node"] }) == ["node-b", "node-c"])
                    cluster.apiServer.delete(second.node)
                    try await prometheus.waitForTargets(2)
                    // Every refresh fails from now on: the list is kept, and its scrapes fail.
                    await cluster.apiServer.goAway()
                    let isStale = try await proxy.wait { try await targets(proxy).status == 503 }
                    #expect(isStale)
                    try await Task.sleep(for: .seconds(3))
                    let kept = try await prometheus.query("up{node=\"node-b\"}")
                    #expect(kept.count == 2)
                    #expect(try await targets(proxy).status == 503)
                    try await cluster.apiServer.comeBack()
                    try await prometheus.waitForTargets(2)
                    failure = nil
                } catch { failure = error }
                await prometheus.stop()
                if let failure { throw failure }
            }
        }
    }
}
