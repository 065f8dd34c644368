import Addressing
import FakeCluster
import Foundation
import Testing

extension EndToEndTests {
    /// CONNECT, by curl and by hand (spec 3, 3.5, 3.7).
    @Suite struct Tunnels {
        static func connect(_ target: String, _ fields: String = "") -> String {
            "CONNECT \(target) HTTP/1.1\r\nHost: \(target)\r\n\(fields)\r\n"
        }

        @Test("curl gets a kubelet's bytes through a tunnel by node name, and checks its certificate itself")
        func curl() async throws {
            try await withProxy { (proxy, cluster, kubelet) async throws in
                let authority = URL.temporaryDirectory.appending(path: "ca-\(UUID()).crt")
                try Data(cluster.authority.certificatePEM.utf8).write(to: authority)
                defer { try? FileManager.default.removeItem(at: authority) }
                let expected = try #require(kubelet.body("/metrics/cadvisor"))
                let answer = try await Answer.fetch([
                    "--proxy", proxy.url, "--cacert", authority.path,
                    "https://node-b:\(kubelet.address.port)/metrics/cadvisor",
                ])
                #expect(answer.exitCode == 0)
                #expect(answer.statusLine == "HTTP/1.1 200 Connection established")
                #expect(answer.field("x-kubelet-relabel-proxy-verdict") == "forward; reason=owner")
                #expect([UInt8](answer.body) == expected.plain.joined)
                // Any path: what is said inside is nobody's business, and the kubelet's own to allow.
                #expect(kubelet.requests.map(\.path) == ["/metrics/cadvisor"])
                let metrics = try await proxy.admin("/metrics").text
                #expect(metrics.contains(#"scrapes_total{door="connect",verdict="forward",reason="owner"} 1"#))
                let moved = try #require(
                    metrics.firstMatch(of: /tunnel_bytes_total\{direction="downstream"\} ([0-9]+)/))
                #expect(Int(moved.1) ?? 0 > answer.body.count)
                #expect(metrics.contains(/tunnel_bytes_total\{direction="upstream"\} [1-9]/))
                #expect(try await proxy.wait { try await proxy.admin("/metrics").text.contains("proxy_tunnels 0\n") })
            }
        }

        @Test("What must not be connected is refused with a reason phrase, which is all that a scraper shows of it")
        func refused() async throws {
            try await withProxy { (proxy, _, kubelet) async throws in
                let port = kubelet.address.port
                let rows: [(target: String, fields: String, status: Int, phrase: String)] = [
                    (
                        "node-a:\(port)", "", 421,
                        "Stale node identity: \(kubelet.address) is node-b since "
                    ),
                    ("ghost:\(port)", "", 421, "Unknown node: no Node is named ghost"),
                    (
                        "\(kubelet.address)", "", 421, "scrape names none: set __address__ to NODE:\(port)"
                    ),
                    ("127.77.9.9:\(port)", "", 503, "Unknown address: no Node lists 127.77.9.9"),
                    ("node-b:22", "", 403, "Port not allowed: 22 is no kubelet's port"),
                    ("node-b", "", 400, "Malformed request: CONNECT needs host:port"),
                    ("node-b:\(port)", "Content-Length: 1\r\n", 413, "Request body not allowed"),
                    ("node-b:\(port)", "Transfer-Encoding: chunked\r\n", 413, "Request body not allowed"),
                    ("node-b:\(port)", "Upgrade: websocket\r\n", 403, "Upgrade not allowed"),
                ]
                for row in rows {
                    let connection = try RawConnection(to: proxy.url)
                    connection.send(Self.connect(row.target, row.fields))
                    let (text, _) = connection.receive(until: "\r\n\r\n")
                    let line = text.components(separatedBy: "\r\n")[0]
                    #expect(line.hasPrefix("HTTP/1.1 \(row.status) ") && line.contains(row.phrase), "\(row): \(line)")
                    connection.close()
                }
                #expect(await kubelet.acceptedConnections <= 1)
                let metrics = try await proxy.admin("/metrics").text
                #expect(metrics.contains(#"scrapes_total{door="connect",verdict="drop",reason="stale_identity"} 1"#))
                #expect(metrics.contains(#"scrapes_total{door="connect",verdict="drop",reason="no_claim"} 1"#))
            }
        }

        @Test("A CONNECT in HTTP/1.0 without Host, as Python and openssl send it, makes a tunnel too")
        func old() async throws {
            try await withProxy(port: .plain) { (proxy, _, kubelet) async throws in
                let connection = try RawConnection(to: proxy.url)
                connection.send("CONNECT node-b:\(kubelet.address.port) HTTP/1.0\r\n\r\n")
                #expect(connection.receive(until: "\r\n\r\n").text.hasPrefix("HTTP/1.1 200 "))
                connection.send("GET /metrics/slis HTTP/1.1\r\nHost: node-b\r\nConnection: close\r\n\r\n")
                let (text, isClosed) = connection.receive()
                #expect(text.hasPrefix("HTTP/1.1 200 OK\r\n") && isClosed)
            }
        }

        @Test("A refused CONNECT leaves the connection for the next one")
        func refusedAndAgain() async throws {
            try await withProxy(port: .plain) { (proxy, _, kubelet) async throws in
                let connection = try RawConnection(to: proxy.url)
                connection.send(Self.connect("ghost:1"))
                #expect(connection.receive(until: ")\n").text.hasPrefix("HTTP/1.1 421 "))
                connection.send(Self.connect("node-b:\(kubelet.address.port)"))
                #expect(connection.receive(until: "\r\n\r\n").text.hasPrefix("HTTP/1.1 200 "))
            }
        }

        @Test("Bytes that come right behind the CONNECT go to the kubelet, and ends are handed on")
        func early() async throws {
            try await withProxy(port: .plain) { (proxy, _, kubelet) async throws in
                let connection = try RawConnection(to: proxy.url)
                let body = try #require(kubelet.body("/metrics/slis"))
                connection.send(
                    Self.connect("NODE-B:\(kubelet.address.port)")
                        + "GET /metrics/slis HTTP/1.1\r\nHost: node-b\r\nConnection: close\r\n\r\n")
                let (text, isClosed) = connection.receive()
                #expect(text.hasPrefix("HTTP/1.1 200 Connection established\r\n"))
                #expect(text.contains("\r\n\r\nHTTP/1.1 200 OK\r\n"))
                #expect(text.utf8.count > body.plain.count)
                #expect(isClosed)
            }
        }

        @Test("A kubelet that is gone is unreachable, and so is a host that answers nothing")
        func unreachable() async throws {
            try await withProxy { (proxy, _, kubelet) async throws in
                await kubelet.stop()
                let connection = try RawConnection(to: proxy.url)
                connection.send(Self.connect("node-b:\(kubelet.address.port)"))
                let (text, _) = connection.receive(until: "\r\n\r\n")
                #expect(text.hasPrefix("HTTP/1.1 502 Kubelet unreachable: \(kubelet.address): "), "\(text)")
            }
        }

        @Test("Tunnels over the limit are refused at once, until one ends")
        func limit() async throws {
            try await withProxy("limits: {tunnels: 1}", port: .plain) { (proxy, _, kubelet) async throws in
                let request = Self.connect("node-b:\(kubelet.address.port)")
                let first = try RawConnection(to: proxy.url)
                first.send(request)
                #expect(first.receive(until: "\r\n\r\n").text.hasPrefix("HTTP/1.1 200 "))
                #expect(try await proxy.admin("/metrics").text.contains("proxy_tunnels 1\n"))
                let second = try RawConnection(to: proxy.url)
                second.send(request)
                let (text, _) = second.receive(until: "\r\n\r\n")
                #expect(text.hasPrefix("HTTP/1.1 429 Too many tunnels: limits.tunnels is reached\r\n"))
                #expect(text.contains("\r\nRetry-After: 1\r\n"))
                first.close()
                #expect(
                    try await proxy.wait {
                        second.send(request)
                        return second.receive(until: "\r\n\r\n").text.contains("HTTP/1.1 200 ")
                    })
                #expect(try await proxy.admin("/metrics").text.contains(#"limits_exceeded_total{limit="tunnels"}"#))
            }
        }

        @Test("A tunnel in which nothing moves ends after idle_timeout")
        func idle() async throws {
            try await withProxy("limits: {idle_timeout: 400ms}", port: .plain) { (proxy, _, kubelet) async throws in
                let connection = try RawConnection(to: proxy.url)
                connection.send(Self.connect("node-b:\(kubelet.address.port)"))
                #expect(connection.receive(until: "\r\n\r\n").text.hasPrefix("HTTP/1.1 200 "))
                let begun = ContinuousClock.now
                #expect(connection.receive() == ("", true))
                #expect(ContinuousClock.now - begun < .seconds(3))
                #expect(try await proxy.wait { await kubelet.openConnections == 0 })
            }
        }
    }
}
