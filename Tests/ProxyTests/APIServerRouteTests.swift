import Addressing
import FakeCluster
import Foundation
import Testing

extension EndToEndTests {
    /// `via: api_server`: the built proxy, the fake API server's node proxy, and kubelets that are never dialled.
    @Suite("Through the API server") struct ThroughAPIServer {
        private static let settings = """
            nodes: {kubernetes: {kubeconfig: kubeconfig}}
            upstream: {via: api_server, connect_timeout: 1s}

            """

        /// node-b owns an address that nobody may dial, and which dead node-a still claims.
        private func withProxy(
            _ settings: String = Self.settings,
            kubeconfig: (FakeCluster) throws -> String = { cluster in
                cluster.apiServer.kubeconfig(token: FakeCluster.debugToken)
            }, files: [String: String] = [:], port: KubeletPort = .issued(.now), kubeletPort: UInt16? = nil,
            _ body: (RunningProxy, FakeCluster, FakeKubelet) async throws -> Void
        ) async throws {
            let cluster = try await FakeCluster.start()
            let address = SocketAddress(try #require(IPAddress("127.77.0.5")), port: 0)
            let kubelet = try await cluster.kubelet("node-b", at: address, port: port)
            var node = kubelet.node
            if let kubeletPort { node.kubeletPort = kubeletPort }
            cluster.apiServer.put(node)
            node.name = "node-a"
            node.mark(.unknown)
            cluster.apiServer.put(node)
            let proxy = try await RunningProxy.start(
                settings.replacing("PORT", with: "\(kubelet.address.port)"),
                files: files.merging(["kubeconfig": try kubeconfig(cluster)]) { $1 })
            let failure: (any Error)?
            do {
                let isSynced = try await proxy.wait { try await proxy.admin("/-/ready").status == 200 }
                #expect(isSynced)
                try await body(proxy, cluster, kubelet)
                failure = nil
            } catch { failure = error }
            #expect(await proxy.stop() == 0)
            #expect(await kubelet.acceptedConnections == 0)
            await cluster.stop()
            if let failure { throw failure }
        }

        private func proxied(_ cluster: FakeCluster) -> [ReceivedRequest] {
            cluster.apiServer.requests.filter { $0.target.contains("/proxy/") }
        }

        @Test("The kubelet's bytes come back, and verdicts are the same")
        func forwards() async throws {
            try await withProxy { (proxy, cluster, kubelet) async throws in
                let expected = try #require(kubelet.body("/metrics/cadvisor"))
                let live = "\(kubelet.address)/metrics/cadvisor?node=node-b&x=1"
                let token = ["-H", "Authorization: Bearer secret-of-the-scraper"]
                let plain = try await Answer.fetch(["--proxy", proxy.url, "http://\(live)"] + token)
                #expect(plain.status == 200, "\(plain.statusLine)")
                #expect([UInt8](plain.body) == expected.plain.joined)
                #expect(plain.field("x-kubelet-relabel-proxy-verdict") == "forward; reason=owner")
                let compressed = try await proxy.scrape(live, "-H", "Accept-Encoding: gzip")
                #expect([UInt8](compressed.body) == expected.gzip.joined)
                #expect(try await proxy.scrape("node-b:\(kubelet.address.port)/metrics").status == 200)
                #expect(try await Answer.fetch(["\(proxy.url)/nodes/node-b/metrics"]).status == 200)
                #expect(try await proxy.scrape("\(kubelet.address)/metrics?node=node-a").status == 421)
                #expect(try await proxy.scrape("\(kubelet.address)/exec?node=node-b").status == 403)
                // A tunnel would dial the kubelet.
                let tunnel = try await Answer.fetch(["--proxy", proxy.url, "https://\(kubelet.address)/metrics"])
                #expect(tunnel.status == 403)
                let head = try await Answer.fetch(["-I", "\(proxy.url)/nodes/node-b/metrics"])
                #expect(head.status == 200 && head.field("content-type")?.hasPrefix("text/plain") == true)

                let requests = proxied(cluster)
                let path = "/api/v1/nodes/node-b:\(kubelet.address.port)/proxy/metrics"
                #expect(requests.map(\.target) == ["\(path)/cadvisor?x=1", "\(path)/cadvisor?x=1", path, path, path])
                #expect(requests.allSatisfy { $0["authorization"] == "Bearer \(FakeCluster.debugToken)" })
                #expect(requests.allSatisfy { $0["host"] == "\(cluster.apiServer.address)" })
                #expect(!cluster.apiServer.requests.contains { $0.head.contains("secret-of-the-scraper") })
                // Kept alive from scrape to scrape.
                #expect(Set(requests.map(\.connection)).count == 1)
            }
        }

        @Test("A web page that calls this machine by a name of its own gets nothing, and nobody is impersonated")
        func strangers() async throws {
            try await withProxy { (proxy, cluster, kubelet) async throws in
                for path in ["/nodes/node-b/metrics", "/sd/kubelets"] {
                    let page = try await Answer.fetch(["-H", "Host: page.example:9480", "\(proxy.url)\(path)"])
                    #expect(page.status == 403 && page.text.hasPrefix("forbidden: Host not allowed"))
                    let named = try await Answer.fetch(["-H", "Host: localhost:9480", "\(proxy.url)\(path)"])
                    #expect(named.status == 200)
                }
                // Sent to a proxy, the host is the kubelet.
                let impostor = try await proxy.scrape(
                    "node-b:\(kubelet.address.port)/metrics", "-H", "Impersonate-User: admin")
                #expect(impostor.status == 200)
                #expect(!cluster.apiServer.requests.contains { $0["impersonate-user"] != nil })
            }
        }

        @Test("An answer is rewritten, too")
        func rewrites() async throws {
            try await withProxy(Self.settings + "stamp: {node: __meta_kubernetes_node_name}\n") {
                (proxy, _, kubelet) async throws in
                let answer = try await Answer.fetch(["\(proxy.url)/nodes/node-b/metrics"])
                #expect(answer.status == 200)
                let samples = answer.text.split(separator: "\n").filter { !$0.hasPrefix("#") }
                #expect(samples.count > 3 && samples.allSatisfy { $0.contains("node=\"node-b\"") })
            }
        }

        @Test(
            "What fails is told apart: the kubelet, the way to it, the rights, the credentials, the API server")
        func failures() async throws {
            try await withProxy { (proxy, cluster, kubelet) async throws in
                let path = "\(proxy.url)/nodes/node-b/metrics"
                kubelet.answerNext(.failing(.answers(status: 500)), .failing(.closesUnanswered))
                let own = try await Answer.fetch([path])
                #expect(own.status == 500 && own.text.hasPrefix("Authorization error"))
                let broken = try await Answer.fetch([path])
                #expect(broken.statusLine == "HTTP/1.1 502 Kubelet unreachable from the API server: EOF")
                #expect(broken.text.hasPrefix("kubelet_unreachable: "))
                #expect(try await Answer.fetch([path]).status == 200)

                await kubelet.stop()
                let gone = try await Answer.fetch([path])
                #expect(
                    gone.statusLine
                        == "HTTP/1.1 502 Kubelet unreachable from the API server: dial tcp \(kubelet.address): connect: "
                        + "connection refused")
                cluster.apiServer.change { $0.users[FakeCluster.debugToken]?.permissions = [] }
                let forbidden = try await Answer.fetch([path])
                #expect(
                    forbidden.statusLine
                        == "HTTP/1.1 502 API server forbids it (403): user debugger may not get nodes/proxy, a ClusterRole "
                        + "grants that")
                cluster.apiServer.change { $0.users[FakeCluster.debugToken] = nil }
                let expired = try await Answer.fetch([path])
                #expect(expired.statusLine.hasPrefix("HTTP/1.1 502 API server refuses the proxy's credentials (401)"))
                await cluster.apiServer.goAway()
                let away = try await Answer.fetch([path])
                #expect(
                    away.statusLine.hasPrefix("HTTP/1.1 502 API server unreachable: \(cluster.apiServer.address): "),
                    "\(away.statusLine)")
            }
        }

        @Test("An answer that hangs is given up in time")
        func hangs() async throws {
            try await withProxy { (proxy, _, kubelet) async throws in
                kubelet.answerNext(.failing(.hangsBeforeHead))
                let answer = try await Answer.fetch(
                    ["-H", "X-Prometheus-Scrape-Timeout-Seconds: 0.8", "\(proxy.url)/nodes/node-b/metrics"])
                #expect(answer.status == 504)
                #expect(try await Answer.fetch(["\(proxy.url)/nodes/node-b/metrics"]).status == 200)
            }
        }

        @Test("A rotated token file counts from the next scrape on, a client certificate and a server's name work")
        func credentials() async throws {
            let tokenFile: (FakeCluster) -> String = { cluster in
                cluster.apiServer.kubeconfig(token: "TOKEN").replacing("token: TOKEN", with: "tokenFile: token")
            }
            try await withProxy(kubeconfig: tokenFile, files: ["token": "\(FakeCluster.debugToken)\n"]) {
                (proxy, cluster, _) async throws in
                #expect(try await Answer.fetch(["\(proxy.url)/nodes/node-b/metrics"]).status == 200)
                cluster.apiServer.change { state in
                    state.users["new-token"] = state.users.removeValue(forKey: FakeCluster.debugToken)
                }
                #expect(try await Answer.fetch(["\(proxy.url)/nodes/node-b/metrics"]).status == 502)
                try proxy.write("new-token\n", to: "token")
                #expect(try await Answer.fetch(["\(proxy.url)/nodes/node-b/metrics"]).status == 200)
                #expect(proxied(cluster).last?["authorization"] == "Bearer new-token")
            }
            let certificate: (FakeCluster) throws -> String = { cluster in
                cluster.apiServer.kubeconfig(
                    client: try cluster.authority.issue(.client(user: "debugger", groups: []), valid: .now))
            }
            try await withProxy(kubeconfig: certificate) { (proxy, cluster, _) async throws in
                #expect(try await Answer.fetch(["\(proxy.url)/nodes/node-b/metrics"]).status == 200)
                #expect(proxied(cluster).allSatisfy { $0["authorization"] == nil })
            }
            let named: (FakeCluster) -> String = { cluster in
                let port = cluster.apiServer.address.port
                return cluster.apiServer.kubeconfig(token: FakeCluster.debugToken).replacing(
                    "https://\(cluster.apiServer.address)", with: "https://localhost:\(port)")
            }
            try await withProxy(kubeconfig: named) { (proxy, cluster, _) async throws in
                #expect(try await Answer.fetch(["\(proxy.url)/nodes/node-b/metrics"]).status == 200)
                #expect(proxied(cluster).last?["host"] == "localhost:\(cluster.apiServer.address.port)")
            }
            // The system's authorities have no say: without the kubeconfig's own, nothing is trusted.
            let strange: (FakeCluster) throws -> String = { cluster in
                cluster.apiServer.kubeconfig(token: FakeCluster.debugToken).replacing(
                    "server: https://\(cluster.apiServer.address)",
                    with: "tls-server-name: other.example\n    server: https://\(cluster.apiServer.address)")
            }
            let cluster = try await FakeCluster.start()
            let proxy = try await RunningProxy.start(Self.settings, files: ["kubeconfig": try strange(cluster)])
            let isTold = try await proxy.wait { proxy.logText.contains("other.example") }
            #expect(isTold)
            #expect(await proxy.stop() == 0)
            await cluster.stop()
        }

        @Test(
            "Ports that are not the kubelet's are spelled as the node proxy wants them",
            arguments: [(KubeletPort.plain, "http", ""), (.issued(.now), "https", "https:")])
        func ports(port: KubeletPort, scheme: String, spelled: String) async throws {
            let settings = Self.settings.replacing("connect_timeout", with: "ports: {PORT: \(scheme)}, connect_timeout")
            try await withProxy(settings, port: port, kubeletPort: 10250) { (proxy, cluster, kubelet) async throws in
                let number = kubelet.address.port
                let isThere = try await proxy.wait {
                    try await Answer.fetch(["\(proxy.url)/nodes/node-b:\(number)/metrics"]).status == 200
                        && proxied(cluster).last?.target == "/api/v1/nodes/\(spelled)node-b:\(number)/proxy/metrics"
                }
                #expect(isThere, "\(proxied(cluster).last?.target ?? "")")
            }
        }
    }
}
