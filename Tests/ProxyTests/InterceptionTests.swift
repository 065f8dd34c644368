import Addressing
import FakeCluster
import Foundation
import Testing

extension EndToEndTests {
    /// CONNECT with TLS that the proxy ends (spec 3, 3.3, 3.7).
    @Suite struct Interception {
        private static let versions = ["--http1.1", "--http2"]

        @Test("The live name gets the kubelet's bytes; others the reason why they get none", arguments: versions)
        func forwardsAndDrops(version: String) async throws {
            try await InterceptedCluster.run { run async throws in
                let status = version == "--http2" ? "HTTP/2" : "HTTP/1.1"
                let expected = try #require(run.kubelet.body("/metrics/cadvisor"))
                let target = "\(run.kubelet.address)/metrics/cadvisor"
                let live = try await run.scrape("\(target)?node=node-b", by: version)
                #expect(live.exitCode == 0 && live.statusLine.hasPrefix("\(status) 200"), "\(live.head)")
                #expect(live.holds(expected.plain.joined))
                #expect(live.field("x-kubelet-relabel-proxy-verdict") == "forward; reason=owner")
                let compressed = try await run.scrape(
                    "\(target)?node=node-b", ["-H", "Accept-Encoding: gzip"], by: version)
                #expect(compressed.holds(expected.gzip.joined))
                let byName = try await run.scrape("node-b:\(run.kubelet.address.port)/metrics/cadvisor", by: version)
                #expect(byName.holds(expected.plain.joined))
                let stale = try await run.scrape("\(target)?node=node-a", by: version)
                #expect(stale.exitCode == 0 && stale.statusLine.hasPrefix("\(status) 421"))
                #expect(
                    stale.text.hasPrefix("stale_identity: Stale node identity: \(run.kubelet.address) is node-b since ")
                )
                #expect(stale.field("x-kubelet-relabel-proxy-verdict") == "drop; reason=stale_identity")
                #expect(try await run.scrape(target, by: version).text.hasPrefix("no_claim: Ambiguous"))
                #expect(run.kubelet.requests.count == 3)
                #expect(try await run.metric(#"scrapes_total{door="intercepted",verdict="forward",reason="owner"} 3"#))
                #expect(
                    try await run.metric(#"scrapes_total{door="intercepted",verdict="drop",reason="stale_identity"} 1"#)
                )
                #expect(try await run.metric("interception_handshake_failures_total 0"))
            }
        }

        @Test(
            "What must not pass is refused inside as outside", arguments: versions,
            [
                ("/exec/a/b?node=node-b", [], 403), ("/metrics?node=node-b&node=node-a", [], 400),
                ("/metrics?node=ghost", [], 421), ("/metrics?node=node-b", ["-d", "x"], 403),
                ("/metrics?node=node-b", ["-X", "GET", "-d", "x"], 413),
                ("/metrics?node=node-b", ["-H", "Host: node-b:10250"], 400),
                ("/metrics?node=node-b", ["-H", "Host: 127.77.0.5:1"], 400),
                ("/metrics?node=node-b", ["-X", "CONNECT", "--request-target", "node-b:10250"], 403),
                ("/metrics?node=node-b", ["-H", "X-Long: \(String(repeating: "x", count: 70_000))"], 431),
                ("/metrics?node=node-b", ["-I"], 403), ("/metrics?node=node-b", ["-H", "X-Fine: 1"], 200),
            ] as [(String, [String], Int)])
        func refused(version: String, request: (path: String, arguments: [String], status: Int)) async throws {
            // By HTTP/2, curl sends neither a CONNECT without a path nor so long a head: the tests by hand do.
            guard version == "--http1.1" || !(request.arguments.contains("CONNECT") || request.status == 431) else {
                return
            }
            try await InterceptedCluster.run { run async throws in
                let answer = try await run.scrape(
                    "\(run.kubelet.address)\(request.path)", request.arguments, by: version)
                #expect(answer.status == request.status, "\(answer.head)")
                #expect(run.kubelet.requests.count == (request.status == 200 || request.arguments == ["-I"] ? 1 : 0))
                let next = try await run.scrape("\(run.kubelet.address)/metrics?node=node-b", by: version)
                #expect(next.status == 200)
            }
        }

        @Test("What the host alone decides is refused at the CONNECT, where the scraper sees the reason")
        func refusedConnect() async throws {
            try await InterceptedCluster.run { run async throws in
                let port = run.kubelet.address.port
                for (target, status) in [
                    ("node-a:\(port)", "HTTP/1.1 421 Stale node identity: "),
                    ("ghost:\(port)", "HTTP/1.1 421 Unknown node"),
                    ("127.77.9.9:\(port)", "HTTP/1.1 503 Unknown address"),
                    ("node-b:22", "HTTP/1.1 403 Port not allowed"),
                ] {
                    let answer = try await run.connect(target)
                    #expect(answer.exitCode == 56 && answer.statusLine.hasPrefix(status), "\(answer.statusLine)")
                }
                #expect(run.kubelet.requests.isEmpty)
                #expect(
                    try await run.metric(#"scrapes_total{door="intercepted",verdict="drop",reason="unknown_node"} 1"#))
            }
        }

        @Test("Scrapes one after another over a tunnel are judged one by one", arguments: versions)
        func oneByOne(version: String) async throws {
            try await InterceptedCluster.run { run async throws in
                let target = "\(run.kubelet.address)/metrics/slis"
                let answer = try await run.scrape(
                    "\(target)?node=node-b",
                    ["node-a", "node-b", "ghost"].flatMap { ["https://\(target)?node=\($0)", "-o", "/dev/null"] },
                    by: version)
                #expect(answer.exitCode == 0)
                #expect(run.kubelet.requests.count == 2)
                #expect(
                    try await run.metric(#"scrapes_total{door="intercepted",verdict="drop",reason="unknown_node"} 1"#))
                #expect(
                    try await run.metric(#"scrapes_total{door="intercepted",verdict="drop",reason="stale_identity"} 1"#)
                )
            }
        }

        @Test("Scrapes that come in one record of TLS are answered one after another")
        func pipelined() async throws {
            try await InterceptedCluster.run { run async throws in
                let target = "\(run.kubelet.address)"
                let client = try TLSClient(target, proxy: run.proxy.url, protocol: "http/1.1")
                defer { client.close() }
                let scrape = "GET /metrics/slis?node=node-b HTTP/1.1\r\nHost: \(target)\r\n"
                // The padding makes the first one end where the proxy's first buffer does.
                let padding = String(repeating: "x", count: 4_096 - scrape.utf8.count - 7)
                client.send(Array("\(scrape)A: \(padding)\r\n\r\n".utf8.prefix(4_096)) + Array("\(scrape)\r\n".utf8))
                client.send(Array("\(scrape)Connection: close\r\n\r\n".utf8))
                var text = ""
                client.read(within: 5) { bytes in
                    text += String(decoding: bytes, as: UTF8.self)
                    return false
                }
                #expect(text.components(separatedBy: "HTTP/1.1 200 OK").count == 4, "\(text.prefix(300))")
                #expect(client.isClosed && run.kubelet.requests.count == 3)
            }
        }

        @Test(
            "A kubelet that fails gets a clear answer in its place, or a cut one; never one that looks whole",
            arguments: versions,
            [
                (.answers(status: 500), 500, [0]), (.hangsBeforeHead, 504, [0]), (.closesUnanswered, 502, [0]),
                (.breaksOff(after: 3_000), 200, [18, 56, 92]), (.hangsInBody(after: 3_000), 200, [18, 56, 92]),
            ] as [(KubeletBehaviour.Fault, Int, [Int32])])
        func failing(
            version: String, fault: (kind: KubeletBehaviour.Fault, status: Int, exitCodes: [Int32])
        ) async throws {
            try await InterceptedCluster.run { run async throws in
                let target = "\(run.kubelet.address)/metrics/cadvisor?node=node-b"
                run.kubelet.behaviour = .failing(fault.kind)
                let answer = try await run.scrape(
                    target, ["-H", "X-Prometheus-Scrape-Timeout-Seconds: 0.8"], by: version)
                #expect(answer.status == fault.status, "\(answer.statusLine)")
                #expect(fault.exitCodes.contains(answer.exitCode), "\(answer.exitCode)")
                run.kubelet.behaviour = KubeletBehaviour()
                #expect(try await run.scrape(target, by: version).exitCode == 0)
            }
        }

        @Test("Large bodies arrive whole, as they are and rewritten", arguments: versions)
        func large(version: String) async throws {
            let corpus = MetricsCorpus.generated(bytes: 4_000_000)
            try await InterceptedCluster.run(corpus: corpus) { run async throws in
                let expected = try #require(run.kubelet.body("/metrics/cadvisor")).plain.joined
                let target = "\(run.kubelet.address)/metrics/cadvisor?node=node-b"
                #expect(try await run.scrape(target, by: version).holds(expected))
            }
            try await InterceptedCluster.run("stamp: {node: __meta_kubernetes_node_name}\n", corpus: corpus) {
                run async throws in
                let target = "\(run.kubelet.address)/metrics/cadvisor?node=node-b"
                let plain = try await run.proxy.scrape(target)
                #expect(plain.body.count > 4_000_000 && plain.text.contains("node=\"node-b\""))
                let intercepted = try await run.scrape(target, ["--compressed"], by: version)
                #expect(intercepted.exitCode == 0 && intercepted.body == plain.body)
            }
        }

        @Test("A scraper that does not trust the CA gets nothing, and is counted")
        func untrusted() async throws {
            try await InterceptedCluster.run { run async throws in
                let answer = try await Answer.fetch(
                    ["--proxy", run.proxy.url, "https://\(run.kubelet.address)/metrics?node=node-b"])
                #expect(answer.exitCode == 60)
                #expect(run.kubelet.requests.isEmpty)
                #expect(try await run.proxy.wait { try await run.metric("interception_handshake_failures_total 1") })
            }
        }

        @Test("A CA that took the place of the old one signs after a reload")
        func reloads() async throws {
            try await InterceptedCluster.run { run async throws in
                let target = "\(run.kubelet.address)/metrics/slis?node=node-b"
                #expect(try await run.scrape(target).status == 200)
                let next = try InterceptedCluster.authority()
                try run.proxy.write(try #require(next["scrapes.crt"]), to: "scrapes.crt")
                // Certificate and key of two pairs: refused, and the old one stays.
                run.proxy.hangUp()
                #expect(try await run.proxy.wait { try await run.metric("config_last_reload_successful 0") })
                #expect(run.proxy.logText.contains("this key does not belong to the CA's certificate"))
                #expect(try await run.scrape(target).exitCode == 60)
                try run.proxy.write(try #require(next["scrapes.key"]), to: "scrapes.key")
                run.proxy.hangUp()
                #expect(try await run.proxy.wait { try await run.metric("config_last_reload_successful 1") })
                #expect(try await run.proxy.wait { try await run.scrape(target).status == 200 })
            }
        }

        @Test("A scrape in flight finishes while the proxy drains", arguments: versions)
        func drains(version: String) async throws {
            try await InterceptedCluster.run("shutdown_timeout: 20s\n") { run async throws in
                let expected = try #require(run.kubelet.body("/metrics")).plain.joined
                run.kubelet.behaviour = .failing(.slow(bytes: expected.count / 4 + 1, pause: 300))
                async let scrape = run.scrape("\(run.kubelet.address)/metrics?node=node-b", by: version)
                #expect(try await run.proxy.wait { !run.kubelet.requests.isEmpty })
                run.proxy.terminate()
                let answer = try await scrape
                #expect(answer.exitCode == 0 && answer.holds(expected))
                #expect(await run.proxy.stop() == 0)
                #expect(run.proxy.exitedByItself)
            }
        }

        @Test("What is not finished within shutdown_timeout is cut, and seen to be cut", arguments: versions)
        func cuts(version: String) async throws {
            try await InterceptedCluster.run("shutdown_timeout: 300ms\n") { run async throws in
                run.kubelet.behaviour = .failing(.hangsInBody(after: 3_000))
                async let scrape = run.scrape("\(run.kubelet.address)/metrics?node=node-b", by: version)
                #expect(try await run.proxy.wait { !run.kubelet.requests.isEmpty })
                let begun = ContinuousClock.now
                run.proxy.terminate()
                #expect(await run.proxy.stop() == 0)
                #expect(ContinuousClock.now - begun < .seconds(8))
                let exitCode = try await scrape.exitCode
                #expect([18, 56, 92].contains(exitCode))
            }
        }
    }
}
