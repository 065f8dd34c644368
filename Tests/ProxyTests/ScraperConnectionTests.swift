import FakeCluster
import Foundation
import Testing

extension EndToEndTests {
    /// Scrapers that come in numbers, go away, or speak in ways of their own.
    @Suite struct ScraperConnections {
        private func scrape(_ target: String, node: String = "node-b") -> String {
            "GET http://\(target)?node=\(node) HTTP/1.1\r\nHost: h\r\n\r\n"
        }

        @Test("Out of descriptors, the proxy waits for some without spinning, says so once, and scrapes again")
        func scarceDescriptors() async throws {
            try await withProxy(openFiles: 64) { (proxy, _, kubelet) async throws in
                let crowd = try (0..<100).map { _ in try RawConnection(to: proxy.url) }
                #expect(try await proxy.wait { proxy.logText.contains("Too many open files") })
                let before = proxy.cpuSeconds
                try await Task.sleep(for: .seconds(2))
                #expect(proxy.cpuSeconds - before < 0.2)
                for connection in crowd { connection.close() }
                let answer = try await proxy.scrape("\(kubelet.address)/metrics?node=node-b")
                #expect(answer.status == 200)
                #expect(proxy.logText.components(separatedBy: "Too many open files").count == 2)
            }
        }

        @Test("Connections over the limit are closed at once, and counted")
        func connectionLimit() async throws {
            try await withProxy("limits: {connections: 2}") { (proxy, _, kubelet) async throws in
                let inside = try (0..<2).map { _ in try RawConnection(to: proxy.url) }
                for connection in inside {
                    connection.send(scrape("\(kubelet.address)/metrics/slis", node: "ghost"))
                    #expect(connection.receive(until: "\n").text.hasPrefix("HTTP/1.1 421 "))
                }
                let refused = try RawConnection(to: proxy.url).receive()
                #expect(refused.text.isEmpty && refused.isClosed)
                #expect(
                    try await proxy.admin("/metrics").text.contains(#"limits_exceeded_total{limit="connections"} 1"#))
                inside[0].close()
                // The proxy needs a moment to notice.
                #expect(
                    try await proxy.wait {
                        try await proxy.scrape("\(kubelet.address)/metrics?node=node-b").status == 200
                    })
            }
        }

        @Test("A reload changes the limits of connections to come")
        func reloadedLimits() async throws {
            try await withProxy { (proxy, _, kubelet) async throws in
                let inside = try RawConnection(to: proxy.url)
                let limits = "limits: {connections: 1}\n"
                try proxy.write(RunningProxy.listeners() + ClusterSettings.text + limits, to: "config.yaml")
                proxy.hangUp()
                let target = "\(kubelet.address)/metrics?node=node-b"
                #expect(try await proxy.wait { try await proxy.scrape(target).exitCode != 0 })
                inside.close()
                #expect(try await proxy.wait { try await proxy.scrape(target).status == 200 })
            }
        }

        @Test("Requests that come in one segment are answered in their order")
        func pipelining() async throws {
            try await withProxy { (proxy, _, kubelet) async throws in
                let connection = try RawConnection(to: proxy.url)
                connection.send(
                    scrape("\(kubelet.address)/metrics/slis") + scrape("\(kubelet.address)/metrics", node: "node-a")
                        + scrape("\(kubelet.address)/exec") + scrape("\(kubelet.address)/metrics/probes")
                        + "GET http://ghost:1/metrics HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
                let (text, isClosed) = connection.receive()
                let statuses = text.components(separatedBy: "HTTP/1.1 ").dropFirst().map { $0.prefix(3) }
                #expect(statuses == ["200", "421", "403", "200", "421"])
                #expect(isClosed)
                #expect(kubelet.requests.map(\.path) == ["/metrics/slis", "/metrics/probes"])
            }
        }

        @Test("A scraper that goes away, or ends its side, ends the scrape at the kubelet", arguments: [true, false])
        func goesAway(closes: Bool) async throws {
            try await withProxy { (proxy, _, kubelet) async throws in
                kubelet.behaviour = .failing(.hangsBeforeHead)
                let connection = try RawConnection(to: proxy.url)
                connection.send(scrape("\(kubelet.address)/metrics"))
                #expect(try await proxy.wait { !kubelet.requests.isEmpty })
                if closes { connection.close() } else { connection.endSending() }
                #expect(try await proxy.wait { await kubelet.openConnections == 0 })
                if !closes { #expect(connection.receive() == ("", true)) }
                #expect(try await proxy.admin("/metrics").text.contains(#"reason="downstream_gone"} 1"#))
            }
        }

        @Test("A head that does not end in time is answered 408, a connection that idles is closed without a word")
        func timeouts() async throws {
            try await withProxy("limits: {header_timeout: 200ms, idle_timeout: 400ms}") { (proxy, _, _) async throws in
                let half = try RawConnection(to: proxy.url)
                half.send("GET http://node-b:10250/metrics HTTP/1.1\r\nHost:")
                let (text, isClosed) = half.receive()
                #expect(text.hasPrefix("HTTP/1.1 408 ") && text.contains("Connection: close\r\n"), "\(text)")
                #expect(isClosed)
                let idle = try RawConnection(to: proxy.url).receive()
                #expect(idle.text.isEmpty && idle.isClosed)
            }
        }
    }
}
