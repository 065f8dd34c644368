import Addressing
import EventLoop
import FakeCluster
import Foundation
import Testing

/// The built proxy between curl and a cluster on loopback.
@Suite(.serialized) struct EndToEndTests {
    @Test("The live name gets the kubelet's bytes, gzip or not; the stale one the reason why it gets none")
    func forwardsAndDrops() async throws {
        try await withProxy { (proxy, _, kubelet) async throws in
            let expected = try #require(kubelet.body("/metrics/cadvisor"))
            let live = "\(kubelet.address)/metrics/cadvisor?node=node-b"
            let plain = try await proxy.scrape(live)
            #expect(plain.exitCode == 0 && plain.status == 200)
            #expect([UInt8](plain.body) == expected.plain.joined)
            #expect(plain.field("x-kubelet-relabel-proxy-verdict") == "forward; reason=owner")
            let compressed = try await proxy.scrape(live, "-H", "Accept-Encoding: gzip")
            #expect([UInt8](compressed.body) == expected.gzip.joined)
            let stale = try await proxy.scrape("\(kubelet.address)/metrics/cadvisor?node=node-a")
            #expect(stale.status == 421)
            #expect(stale.statusLine.hasPrefix("HTTP/1.1 421 Stale node identity: \(kubelet.address) is node-b since "))
            #expect(stale.statusLine.hasSuffix(", scrape claims node-a"))
            #expect(stale.field("x-kubelet-relabel-proxy-verdict") == "drop; reason=stale_identity")
            let unclaimed = try await proxy.scrape("\(kubelet.address)/metrics")
            #expect(unclaimed.status == 421 && unclaimed.statusLine.contains("set __param_node"))
            let metrics = try await proxy.admin("/metrics").text
            #expect(metrics.contains(#"scrapes_total{door="absolute",verdict="drop",reason="stale_identity"} 1"#))
            // The claim is for the proxy alone, and what was dropped never reached the kubelet.
            #expect(kubelet.requests.count == 2)
        }
    }

    @Test("The verdict follows the cluster while it changes")
    func followsChanges() async throws {
        try await withProxy { (proxy, cluster, kubelet) async throws in
            let target = "\(kubelet.address)/metrics/slis"
            var next = kubelet.node
            (next.name, next.uid) = ("node-c", "uid-of-node-c")
            next.createdAt += 3_600
            // Else a claim of node-b would find it by its host name once node-b is gone.
            next.addresses.removeAll { $0.type == "Hostname" }
            var dead = kubelet.node
            dead.mark(.unknown)
            cluster.apiServer.put(dead)
            #expect(try await proxy.scrape("\(target)?node=node-b") { $0.status == 503 }.status == 503)
            cluster.apiServer.put(next)
            try kubelet.use(
                cluster.authority.issue(.kubelet(node: "node-c", addresses: [kubelet.address.ip])).identity)
            #expect(try await proxy.scrape("\(target)?node=node-c") { $0.status == 200 }.status == 200)
            #expect(try await proxy.scrape("\(target)?node=node-b").statusLine.contains("is node-c since"))
            cluster.apiServer.delete(dead)
            #expect(
                try await proxy.scrape("\(target)?node=node-b") { $0.statusLine.contains("Unknown node") }.status == 421
            )
            await cluster.apiServer.goAway()
            #expect(try await proxy.scrape("\(target)?node=node-c").status == 200)
        }
    }

    @Test(
        "What must not pass is refused, and the next scrape is unharmed",
        arguments: [
            ("/exec/a/b?node=node-b", 403), ("/metrics/%2e%2e/exec?node=node-b", 403), ("/pods?node=node-b", 403),
            ("/metrics/../exec?node=node-b", 403), ("/metrics?node=node-b&node=node-a", 400),
            ("/metrics?node=ghost", 421), ("/metrics?node=node-b&node_uid=other", 421),
            ("/metrics%zz?node=node-b", 400),
        ])
    func refused(path: String, status: Int) async throws {
        try await withProxy { (proxy, _, kubelet) async throws in
            #expect(try await proxy.scrape("\(kubelet.address)\(path)").status == status)
            #expect(kubelet.requests.isEmpty)
            #expect(try await proxy.scrape("\(kubelet.address)/metrics?node=node-b").status == 200)
        }
    }

    @Test("Other hosts, ports and methods are refused")
    func refusedTargets() async throws {
        try await withProxy { (proxy, _, kubelet) async throws in
            #expect(try await proxy.scrape("127.77.9.9:10250/metrics").status == 503)
            #expect(try await proxy.scrape("\(kubelet.address.ip):22/metrics?node=node-b").status == 403)
            #expect(try await proxy.scrape("ghost:10250/metrics").status == 421)
            #expect(try await proxy.scrape("\(kubelet.address)/metrics?node=node-b", "-d", "x").status == 403)
            #expect(
                try await proxy.scrape(
                    "\(kubelet.address)/metrics", "-H", "X-Long: \(String(repeating: "x", count: 70_000))"
                ).status == 431)
            #expect(try await proxy.scrape("node-b:\(kubelet.address.port)/metrics").status == 200)
            #expect(
                try await Answer.fetch(["-0", "--proxy", proxy.url, "http://\(kubelet.address)/metrics"]).status == 505)
        }
    }

    @Test(
        "A kubelet that fails gets a clear answer in its place, or a cut one; never one that looks whole",
        arguments: [
            (.answers(status: 401), 401, 0), (.answers(status: 403), 403, 0), (.answers(status: 500), 500, 0),
            (.hangsBeforeHead, 504, 0), (.resets(after: nil), 502, 0), (.closesUnanswered, 502, 0),
            (.breaksOff(after: 3_000), 200, 18), (.hangsInBody(after: 3_000), 200, 18),
            (.sends(Array("garbage\r\n\r\n".utf8)), 502, 0),
            (.sends(Array("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab".utf8)), 502, 0),
        ] as [(KubeletBehaviour.Fault, Int, Int32)])
    func failing(fault: KubeletBehaviour.Fault, status: Int, exitCode: Int32) async throws {
        try await withProxy { (proxy, _, kubelet) async throws in
            let target = "\(kubelet.address)/metrics/cadvisor?node=node-b"
            kubelet.behaviour = .failing(fault)
            let answer = try await proxy.scrape(target, "-H", "X-Prometheus-Scrape-Timeout-Seconds: 0.8")
            #expect(answer.status == status, "\(answer.statusLine)")
            #expect(answer.exitCode == exitCode)
            kubelet.behaviour = KubeletBehaviour()
            #expect(try await proxy.scrape(target).exitCode == 0)
        }
    }

    @Test("A kubelet that is gone, or shows a certificate that is not its own, is unreachable")
    func unreachable() async throws {
        try await withProxy { (proxy, _, kubelet) async throws in
            await kubelet.stop()
            let answer = try await proxy.scrape("\(kubelet.address)/metrics?node=node-b")
            #expect(answer.status == 502 && answer.statusLine.contains("Kubelet unreachable"))
        }
        try await withProxy(port: .selfSigned) { (proxy, _, kubelet) async throws in
            let answer = try await proxy.scrape("\(kubelet.address)/metrics?node=node-b")
            #expect(answer.status == 502 && answer.statusLine.contains("certificate"), "\(answer.statusLine)")
            #expect(kubelet.requests.isEmpty)
        }
    }

    @Test("A kubelet's host that takes no more connections is unreachable after connect_timeout")
    func connectTimeout() async throws {
        // One connection waits to be accepted, the next ones get no answer: as from a host that is down.
        let address = SocketAddress(try #require(IPAddress("127.77.0.7")), port: 0)
        let deaf = try ListeningSocket(address, backlog: 0)
        let waiting = try (0..<3).map { _ in try RawConnection(to: "http://\(deaf.address)", waits: false) }
        try await withProxy { (proxy, cluster, _) async throws in
            cluster.apiServer.put(FakeNode("node-d", address: "127.77.0.7", port: deaf.address.port))
            let begun = ContinuousClock.now
            let answer = try await proxy.scrape("\(deaf.address)/metrics?node=node-d") { $0.status != 503 }
            #expect(answer.status == 502)
            #expect(answer.statusLine.contains("no connection within 1000 ms (upstream.connect_timeout)"))
            #expect(ContinuousClock.now - begun < .seconds(5))
        }
        for connection in waiting { connection.close() }
        _ = close(deaf.descriptor)
    }

    @Test("Stamps and rules change the answer; a body that is none is refused")
    func rewrites() async throws {
        let rules = """
            stamp: {node: __meta_kubernetes_node_name}
            metric_relabel_configs: [{source_labels: [__name__], regex: "kubelet_.*", action: keep}]
            """
        try await withProxy(rules) { (proxy, _, kubelet) async throws in
            for encoding in [["-H", "X-None: 1"], ["--compressed"]] {
                let answer = try await Answer.fetch(
                    ["--proxy", proxy.url, "http://\(kubelet.address)/metrics?node=node-b"] + encoding)
                #expect(answer.exitCode == 0 && answer.status == 200)
                let samples = answer.text.split(separator: "\n").filter { !$0.hasPrefix("#") }
                #expect(samples.count > 3)
                #expect(samples.allSatisfy { $0.hasPrefix("kubelet_") && $0.contains("node=\"node-b\"") })
            }
            kubelet.behaviour = .failing(
                .sends(Array("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\n{bad\n".utf8)))
            #expect(try await proxy.scrape("\(kubelet.address)/metrics?node=node-b").status == 502)
        }
    }

    @Test("A bad reload keeps the old configuration, a good one takes its place")
    func reloads() async throws {
        try await withProxy { (proxy, _, kubelet) async throws in
            let ends = RunningProxy.listeners()
            try proxy.write(ends + ClusterSettings.text + "mode: nonsense\n", to: "config.yaml")
            proxy.hangUp()
            for _ in 0..<100 where try await proxy.admin("/metrics").text.contains("reload_successful 1") {
                try await Task.sleep(for: .milliseconds(50))
            }
            #expect(try await proxy.admin("/metrics").text.contains("config_last_reload_successful 0"))
            #expect(try await proxy.scrape("\(kubelet.address)/metrics?node=node-a").status == 421)
            try proxy.write(ends + ClusterSettings.text + "mode: observe\n", to: "config.yaml")
            proxy.hangUp()
            let answer = try await proxy.scrape("\(kubelet.address)/metrics?node=node-a") { $0.status == 200 }
            #expect(answer.status == 200)
            #expect(answer.field("x-kubelet-relabel-proxy-verdict") == "drop; reason=stale_identity")
        }
    }
}
