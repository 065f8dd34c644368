import FakeCluster
import Foundation
import Testing

extension EndToEndTests {
    /// From a plain port, the rest of a long body of known length goes from socket to socket, unseen.
    @Suite struct LongPlainBodies {
        private static let corpus = MetricsCorpus.generated(bytes: 3_000_000)

        private static func run(
            _ fault: KubeletBehaviour.Fault = .none, _ more: String = "verify_identity: off",
            _ body: (RunningProxy, FakeKubelet) async throws -> Void
        ) async throws {
            var behaviour = KubeletBehaviour.failing(fault)
            behaviour.framing = .contentLength
            behaviour.compression = .never
            try await withProxy(
                more, port: .plain, behaviour: behaviour, corpus: corpus, upstream: "ports: {kubelet: http}"
            ) { (proxy, _, kubelet) async throws in try await body(proxy, kubelet) }
        }

        @Test(
            "It passes whole, however it comes, and the connection carries short ones after it",
            arguments: [.none, .slow(bytes: 150_000, pause: 3)] as [KubeletBehaviour.Fault])
        func whole(fault: KubeletBehaviour.Fault) async throws {
            try await Self.run(fault) { (proxy, kubelet) async throws in
                let connections = await kubelet.acceptedConnections
                for path in ["/metrics/cadvisor", "/metrics/slis", "/metrics/cadvisor", "/metrics/slis"] {
                    let expected = try #require(kubelet.body(path)?.plain.joined)
                    let answer = try await proxy.scrape("\(kubelet.address)\(path)?node=node-b")
                    #expect(answer.exitCode == 0 && answer.status == 200)
                    let isSame = [UInt8](answer.body) == expected
                    #expect(isSame, "\(path): \(answer.body.count) bytes instead of \(expected.count)")
                }
                #expect(await kubelet.acceptedConnections == connections)
            }
        }

        @Test("Where a body is still to be looked at for evidence, it passes whole as well")
        func watched() async throws {
            try await Self.run(.none, "") { (proxy, kubelet) async throws in
                let expected = try #require(kubelet.body("/metrics/cadvisor")?.plain.joined)
                for _ in 0..<3 {
                    let answer = try await proxy.scrape("\(kubelet.address)/metrics/cadvisor?node=node-b")
                    let isSame = [UInt8](answer.body) == expected
                    #expect(isSame && answer.exitCode == 0)
                }
            }
        }

        @Test(
            "A cut one is seen as cut",
            arguments: [.breaksOff(after: 1_500_000), .resets(after: 1_500_000), .hangsInBody(after: 1_500_000)]
                as [KubeletBehaviour.Fault])
        func cut(fault: KubeletBehaviour.Fault) async throws {
            try await Self.run { (proxy, kubelet) async throws in
                var behaviour = kubelet.behaviour
                behaviour.fault = fault
                kubelet.behaviour = behaviour
                let answer = try await proxy.scrape(
                    "\(kubelet.address)/metrics/cadvisor?node=node-b", "-H", "X-Prometheus-Scrape-Timeout-Seconds: 1")
                #expect(answer.status == 200)
                #expect([18, 56].contains(answer.exitCode))
                behaviour.fault = .none
                kubelet.behaviour = behaviour
                #expect(try await proxy.scrape("\(kubelet.address)/metrics/slis?node=node-b").exitCode == 0)
            }
        }

        @Test("A scraper that goes away in the middle ends it, and no other scrape")
        func goneAway() async throws {
            // The kubelet is still at it then: what it has sent fits into the sockets' buffers.
            try await Self.run(.slow(bytes: 150_000, pause: 25)) { (proxy, kubelet) async throws in
                let target = "\(kubelet.address)/metrics/cadvisor?node=node-b"
                for _ in 0..<5 {
                    let scraper = try RawConnection(to: proxy.url)
                    scraper.send("GET http://\(target) HTTP/1.1\r\nHost: \(kubelet.address)\r\n\r\n")
                    #expect(scraper.receive(until: "\r\n\r\n").text.hasPrefix("HTTP/1.1 200"))
                    scraper.close()
                }
                #expect(
                    try await proxy.wait {
                        try await proxy.admin("/metrics").text.contains(#"reason="downstream_gone"} 5"#)
                    })
                let answer = try await proxy.scrape(target)
                #expect(answer.exitCode == 0 && answer.status == 200)
            }
        }
    }
}
