import FakeCluster
import Foundation
import Testing

extension EndToEndTests {
    /// HTTP/2 inside an intercepted tunnel, spoken by hand.
    @Suite struct InterceptedHTTP2 {
        private func run(
            _ more: String = "", bytes: Int = 200_000,
            _ body: (InterceptedCluster, RawHTTP2, [(String, String)]) async throws -> Void
        ) async throws {
            try await InterceptedCluster.run(more, corpus: .generated(bytes: bytes)) { run async throws in
                let target = "\(run.kubelet.address)"
                let client = try RawHTTP2(target, proxy: run.proxy.url)
                defer { client.close() }
                let request = [
                    (":method", "GET"), (":scheme", "https"), (":authority", target),
                    (":path", "/metrics/cadvisor?node=node-b"),
                ]
                try await body(run, client, request)
            }
        }

        @Test("A stream whose window is shut holds up no other, and goes on when it opens")
        func windows() async throws {
            try await run { (run, client, request) async throws in
                let expected = try #require(run.kubelet.body("/metrics/cadvisor")).plain.joined
                client.send(Frame.windowUpdate(0, by: 50_000_000) + Frame.request(1, request))
                #expect(client.read { $0.body(1).count == 65_535 })
                for number in 1...20 {
                    let stream = UInt32(2 * number + 1)
                    client.send(Frame.request(stream, request) + Frame.windowUpdate(stream, by: 1_000_000))
                    #expect(client.read { $0.hasEnded(stream) })
                    #expect(client.hasBody(stream, expected))
                }
                #expect(client.body(1).count == 65_535)
                client.send(Frame.windowUpdate(1, by: 1_000_000))
                #expect(client.read { $0.hasEnded(1) })
                #expect(client.hasBody(1, expected))
                #expect(client.status(1) == ":status: 200")
            }
        }

        @Test("Fifty streams at a time are answered each with its own bytes")
        func concurrent() async throws {
            try await run("limits: {scrapes_in_flight_per_node: 100}\n") { (run, client, request) async throws in
                let expected = try #require(run.kubelet.body("/metrics/cadvisor")).plain.joined
                let settings = Frame(kind: .settings, payload: [0, 4, 0, 0x10, 0, 0]).bytes
                client.send(settings + Frame.windowUpdate(0, by: 100_000_000))
                let streams = (0..<50).map { UInt32(2 * $0 + 1) }
                let requests: [[UInt8]] = streams.map { Frame.request($0, request) }
                client.send(Array(requests.joined()))
                #expect(client.read(within: 10) { client in streams.allSatisfy { client.hasEnded($0) } })
                #expect(streams.allSatisfy { client.hasBody($0, expected) })
            }
        }

        @Test("A stream that the scraper breaks off gives up its scrape at once")
        func cancels() async throws {
            try await run { (run, client, request) async throws in
                run.kubelet.behaviour = .failing(.hangsBeforeHead)
                client.send(Frame.request(1, request))
                #expect(try await run.proxy.wait { try await run.metric("scrapes_in_flight 1") })
                client.send(Frame.reset(1))
                #expect(try await run.proxy.wait { try await run.metric("scrapes_in_flight 0") })
                #expect(try await run.metric(#"door="intercepted",verdict="drop",reason="downstream_gone"} 1"#))
                run.kubelet.behaviour = KubeletBehaviour()
                client.send(Frame.windowUpdate(0, by: 1_000_000))
                client.send(Frame.request(3, request) + Frame.windowUpdate(3, by: 1_000_000))
                #expect(client.read { $0.hasEnded(3) })
            }
        }

        @Test("A stream that stands still is cut at its deadline, with a reset")
        func deadline() async throws {
            try await run { (_, client, request) async throws in
                client.send(Frame.request(1, request + [("x-prometheus-scrape-timeout-seconds", "0.8")]))
                #expect(client.read { !$0.codes(.reset, 1).isEmpty })
                #expect(client.codes(.reset, 1) == [2] && !client.hasEnded(1))
                client.send(Frame.windowUpdate(0, by: 1_000_000))
                client.send(Frame.request(3, request) + Frame.windowUpdate(3, by: 1_000_000))
                #expect(client.read { $0.hasEnded(3) })
            }
        }

        @Test("A scraper that is gone gives up all its scrapes")
        func gone() async throws {
            try await run { (run, client, request) async throws in
                run.kubelet.behaviour = .failing(.hangsBeforeHead)
                client.send(Frame.request(1, request) + Frame.request(3, request))
                #expect(try await run.proxy.wait { try await run.metric("scrapes_in_flight 2") })
                client.close()
                #expect(try await run.proxy.wait { try await run.metric("scrapes_in_flight 0") })
                #expect(try await run.proxy.wait { try await run.metric("downstream_connections 0") })
            }
        }

        @Test("A flood ends the connection, with words for the scraper, and the next one is served")
        func flood() async throws {
            try await run { (run, client, request) async throws in
                let flood: [[UInt8]] = (0..<400).map { (number: UInt32) in
                    Frame.request(2 * number + 1, request) + Frame.reset(2 * number + 1)
                }
                client.send(Array(flood.joined()))
                #expect(client.read { $0.isClosed || $0.codes(.goAway).contains(11) })
                #expect(client.codes(.goAway).last == 11)
                #expect(try await run.proxy.wait { try await run.metric("scrapes_in_flight 0") })
                #expect(try await run.proxy.wait { try await run.metric("downstream_connections 0") })
                #expect(try await run.scrape("\(run.kubelet.address)/metrics?node=node-b").status == 200)
            }
        }

        @Test("A request with a body is refused before its end, and the rest of it is not waited for")
        func body() async throws {
            try await run { (run, client, request) async throws in
                client.send(
                    Frame.request(1, request, endsStream: false)
                        + Frame(kind: .data, stream: 1, payload: [UInt8](repeating: 0x61, count: 10_000)).bytes)
                #expect(client.read { !$0.codes(.reset, 1).isEmpty })
                #expect(client.status(1) == ":status: 413" && client.hasEnded(1) && client.codes(.reset, 1) == [0])
                // One that only says late that it has none is as good as any.
                client.send(
                    Frame.request(3, request, endsStream: false) + Frame.windowUpdate(0, by: 1_000_000)
                        + Frame.windowUpdate(3, by: 1_000_000)
                        + Frame(kind: .data, flags: Frame.endStream, stream: 3).bytes)
                #expect(client.read { $0.hasEnded(3) })
                #expect(client.status(3) == ":status: 200" && run.kubelet.requests.count == 1)
            }
        }

        @Test("A request whose fields are over the limit is refused on its stream, and the next one is served")
        func longHead() async throws {
            try await run("limits: {header_size: 8KiB}\n") { (run, client, request) async throws in
                client.send(Frame.request(1, request + [("x-long", String(repeating: "x", count: 9_000))]))
                #expect(client.read { $0.hasEnded(1) })
                #expect(client.status(1) == ":status: 431")
                client.send(
                    Frame.windowUpdate(0, by: 1_000_000) + Frame.request(3, request)
                        + Frame.windowUpdate(3, by: 1_000_000))
                #expect(client.read { $0.hasEnded(3) })
                #expect(client.status(3) == ":status: 200" && run.kubelet.requests.count == 1)
            }
        }

        @Test("A CONNECT inside, another authority, and Host beside it that disagrees are refused, each on its stream")
        func contradictions() async throws {
            try await run { (run, client, request) async throws in
                func changed(_ name: String, _ value: String) -> [(String, String)] {
                    request.map { $0.0 == name ? ($0.0, value) : $0 }
                }
                client.send(Frame.request(1, [(":method", "CONNECT"), (":authority", "\(run.kubelet.address)")]))
                client.send(Frame.request(3, changed(":authority", "node-b:10250")))
                client.send(Frame.request(5, request + [("host", "node-b:10250")]))
                client.send(Frame.request(7, changed(":path", "/met rics")))
                #expect(client.read { $0.hasEnded(3) && $0.hasEnded(5) })
                // A CONNECT's stream stays open for a tunnel; this one is answered and over.
                client.read(within: 1) { $0.hasEnded(1) || !$0.codes(.reset, 1).isEmpty }
                #expect(client.status(1) == ":status: 403" || client.codes(.reset, 1) == [1], "\(client.heads)")
                #expect(client.status(3) == ":status: 400" && client.status(5) == ":status: 400")
                #expect(String(decoding: client.body(3), as: UTF8.self).hasPrefix("contradictory_claims"))
                #expect(run.kubelet.requests.isEmpty)
            }
        }

        @Test("Draining takes no further streams and lets those that are open end")
        func draining() async throws {
            try await run("shutdown_timeout: 20s\n") { (run, client, request) async throws in
                let expected = try #require(run.kubelet.body("/metrics/cadvisor")).plain.joined
                run.kubelet.behaviour = .failing(.slow(bytes: expected.count / 3 + 1, pause: 400))
                client.send(
                    Frame.windowUpdate(0, by: 1_000_000) + Frame.request(1, request)
                        + Frame.windowUpdate(1, by: 1_000_000))
                #expect(client.read { !$0.body(1).isEmpty })
                run.proxy.terminate()
                #expect(client.read { $0.codes(.goAway) == [0] })
                client.send(Frame.request(3, request))
                #expect(client.read { $0.hasEnded(1) })
                #expect(client.hasBody(1, expected))
                #expect(client.read { $0.isClosed })
                #expect(client.heads[3] == nil)
                #expect(await run.proxy.stop() == 0)
            }
        }

        @Test(
            "libnghttp2's own load generator has all of its streams answered", .enabled(if: LoadGenerator.isInstalled))
        func h2load() async throws {
            try await InterceptedCluster.run("limits: {scrapes_in_flight_per_node: 100}\n", corpus: .generated()) {
                run async throws in
                let gate = try TunnelGate(to: "\(run.kubelet.address)", through: run.proxy.url)
                defer { gate.close() }
                let load = try await RunCommand(
                    LoadGenerator.h2load,
                    [
                        "-n", "600", "-c", "3", "-m", "20", "-H", ":authority: \(run.kubelet.address)",
                        "https://\(gate.address)/metrics?node=node-b",
                    ], input: Data())
                #expect(load.text.contains("600 total, 600 started, 600 done, 600 succeeded, 0 failed"), "\(load.text)")
                #expect(load.text.contains("status codes: 600 2xx"))
                #expect(load.text.contains("Application protocol: h2"))
                #expect(run.kubelet.requests.count == 600)
            }
        }

        @Test("A connection that idles is closed, and one whose request does not come to its end")
        func idles() async throws {
            try await run("limits: {idle_timeout: 700ms, header_timeout: 300ms}\n") {
                (run, client, request) async throws in
                client.send(Frame.request(1, request, endsStream: false))
                #expect(client.read { $0.codes(.reset, 1) == [8] })
                #expect(!client.isClosed)
                #expect(client.read { $0.isClosed })
                #expect(client.codes(.goAway) == [0])
                let other = try RawHTTP2("\(run.kubelet.address)", proxy: run.proxy.url)
                other.send(Frame(kind: .headers, stream: 1, payload: Frame.block(request)).bytes)
                #expect(other.read { $0.isClosed })
                #expect(other.codes(.goAway) == [11])
                other.close()
            }
        }
    }
}

private enum LoadGenerator {
    static let h2load = URL(filePath: "/usr/bin/h2load")
    static let isInstalled = FileManager.default.isExecutableFile(atPath: h2load.path)
}
