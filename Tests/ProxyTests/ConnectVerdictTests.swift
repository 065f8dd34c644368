import Addressing
import FakeCluster
import Foundation
import Testing

extension EndToEndTests {
    /// What becomes of an open tunnel when the cluster changes (spec 3.5).
    @Suite struct TunnelVerdicts {
        struct Turn: Sendable, CustomTestStringConvertible {
            let testDescription: String
            /// The host of the CONNECT; nil: the address.
            var host: String? = "node-b"
            /// Before the tunnel is opened.
            var before: @Sendable (FakeCluster, FakeKubelet) async -> Void = { _, _ in }
            /// While it carries bytes.
            let change: @Sendable (FakeCluster, FakeKubelet) async -> Void
            /// Of the next CONNECT.
            let status: Int
            let phrase: String
        }

        /// The fixture's other node.
        private static func nodeA(like kubelet: FakeKubelet) -> FakeNode {
            var node = kubelet.node
            (node.name, node.uid) = ("node-a", "uid-of-node-a")
            return node
        }

        private static let turns = [
            Turn(
                testDescription: "the address is another node's",
                change: { cluster, kubelet in
                    var next = kubelet.node
                    (next.name, next.uid) = ("node-c", "uid-of-node-c")
                    next.createdAt += 3_600
                    cluster.apiServer.put(next)
                }, status: 421, phrase: "Stale node identity: 127.77.0.5:"),
            Turn(
                testDescription: "its node is gone",
                change: { cluster, kubelet in cluster.apiServer.delete(kubelet.node) }, status: 503,
                phrase: "No Ready node: "),
            Turn(
                testDescription: "its node is NotReady",
                change: { cluster, kubelet in
                    var node = kubelet.node
                    node.mark(.unknown)
                    cluster.apiServer.put(node)
                }, status: 503, phrase: "No Ready node: "),
            Turn(
                testDescription: "its node is at another address",
                change: { cluster, kubelet in
                    var node = kubelet.node
                    node.addresses[0].value = "127.77.0.6"
                    cluster.apiServer.put(node)
                }, status: 502, phrase: "Kubelet unreachable: 127.77.0.6:"),
            Turn(
                testDescription: "another machine registered under the name",
                change: { cluster, kubelet in
                    var node = kubelet.node
                    node.uid = "uid-of-the-next-node-b"
                    cluster.apiServer.put(node)
                }, status: 200, phrase: "Connection established"),
            Turn(
                testDescription: "a second node claims the address that the tunnel goes to without a claim", host: nil,
                before: { cluster, kubelet in cluster.apiServer.delete(nodeA(like: kubelet)) },
                change: { cluster, kubelet in
                    var dead = nodeA(like: kubelet)
                    dead.mark(.unknown)
                    cluster.apiServer.put(dead)
                }, status: 421, phrase: "Ambiguous: 127.77.0.5:"),
        ]

        /// A scrape through a tunnel whose answer takes three seconds.
        private func withScrapeUnderWay(
            _ more: String = "", host: String? = "node-b",
            before: (FakeCluster, FakeKubelet) async -> Void = { _, _ in },
            _ body: (RawConnection, RunningProxy, FakeCluster, FakeKubelet) async throws -> Void
        ) async throws {
            try await withProxy(more, port: .plain, behaviour: .failing(.slow(bytes: 5, pause: 50))) {
                (proxy, cluster, kubelet) async throws in
                await before(cluster, kubelet)
                let target = host.map { "\($0):\(kubelet.address.port)" } ?? "\(kubelet.address)"
                let connection = try await open(target, proxy)
                connection.send("GET /metrics/slis HTTP/1.1\r\nHost: node-b\r\n\r\n")
                try #require(connection.receive(until: "\n# TYPE").text.contains("HTTP/1.1 200 OK\r\n"))
                try await body(connection, proxy, cluster, kubelet)
            }
        }

        /// Whether the rest of the answer comes.
        private func isWhole(_ connection: RawConnection, _ kubelet: FakeKubelet) -> Bool {
            guard let body = kubelet.body("/metrics/slis") else { return false }
            let end = String(decoding: body.plain.joined.suffix(40), as: UTF8.self)
            return connection.receive(until: end).text.hasSuffix(end)
        }

        private func open(_ target: String, _ proxy: RunningProxy) async throws -> RawConnection {
            for _ in 0..<100 {
                let connection = try RawConnection(to: proxy.url)
                connection.send(Tunnels.connect(target))
                if connection.receive(until: "\r\n\r\n").text.hasPrefix("HTTP/1.1 200 ") { return connection }
                try await Task.sleep(for: .milliseconds(20))
            }
            throw POSIXError(.ECONNREFUSED)
        }

        @Test("While bytes flow, the tunnel is closed within a second once", arguments: turns)
        func turned(_ turn: Turn) async throws {
            try await withScrapeUnderWay(host: turn.host, before: turn.before) {
                (connection, proxy, cluster, kubelet) async throws in
                let begun = ContinuousClock.now
                await turn.change(cluster, kubelet)
                #expect(connection.receive().isClosed)
                #expect(ContinuousClock.now - begun < .seconds(1))
                #expect(try await proxy.wait { await kubelet.openConnections == 0 })
                let next = try RawConnection(to: proxy.url)
                next.send(Tunnels.connect(turn.host.map { "\($0):\(kubelet.address.port)" } ?? "\(kubelet.address)"))
                let (text, _) = next.receive(until: "\r\n\r\n")
                #expect(text.hasPrefix("HTTP/1.1 \(turn.status) \(turn.phrase)"), "\(text)")
            }
        }

        @Test("So it is when the table grows too old, of which no event tells")
        func stale() async throws {
            try await withScrapeUnderWay { (connection, proxy, cluster, kubelet) async throws in
                let text = ClusterSettings.text.replacing("nodes: {", with: "nodes: {max_staleness: 500ms, ")
                try proxy.write(RunningProxy.listeners() + text, to: "config.yaml")
                proxy.hangUp()
                #expect(try await proxy.wait { proxy.logText.contains("Configuration reloaded") })
                let begun = ContinuousClock.now
                await cluster.apiServer.goAway()
                #expect(connection.receive().isClosed)
                #expect((.milliseconds(500)...(.milliseconds(1_700))).contains(ContinuousClock.now - begun))
                let next = try RawConnection(to: proxy.url)
                next.send(Tunnels.connect("node-b:\(kubelet.address.port)"))
                #expect(next.receive(until: "\r\n\r\n").text.hasPrefix("HTTP/1.1 503 Stale node table: "))
            }
        }

        @Test("With mode: observe it stays, and the next CONNECT is told the verdict that would have been")
        func observe() async throws {
            try await withScrapeUnderWay("mode: observe\n") { (connection, proxy, cluster, kubelet) async throws in
                await Self.turns[0].change(cluster, kubelet)
                let header = "\r\nX-Kubelet-Relabel-Proxy-Verdict: drop; reason=stale_identity\r\n"
                let isTold = try await proxy.wait {
                    let next = try RawConnection(to: proxy.url)
                    next.send(Tunnels.connect("node-b:\(kubelet.address.port)"))
                    let (text, _) = next.receive(until: "\r\n\r\n")
                    #expect(text.hasPrefix("HTTP/1.1 200 "))
                    return text.contains(header)
                }
                #expect(isTold)
                #expect(isWhole(connection, kubelet))
                let metrics = try await proxy.admin("/metrics").text
                #expect(metrics.contains(/door="connect",verdict="drop",reason="stale_identity"\} [1-9]/))
            }
        }

        @Test("Other changes of the cluster leave it alone")
        func unconcerned() async throws {
            try await withScrapeUnderWay { (connection, proxy, cluster, kubelet) async throws in
                cluster.apiServer.delete(Self.nodeA(like: kubelet))
                cluster.apiServer.put(FakeNode("node-d", address: "127.77.0.9"))
                var labelled = kubelet.node
                labelled.labels["pool"] = "big"
                cluster.apiServer.put(labelled)
                #expect(isWhole(connection, kubelet))
            }
        }
    }
}
