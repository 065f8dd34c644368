import Addressing
import FakeCluster
import Foundation
import Testing

extension EndToEndTests {
    /// Tunnels and SIGTERM (spec 12.4). The fixture expects exit status 0.
    @Suite struct TunnelDraining {
        private static let scrape = "GET /metrics/slis HTTP/1.1\r\nHost: node-b\r\n\r\n"

        private func withTunnel(
            _ more: String, _ behaviour: KubeletBehaviour = KubeletBehaviour(),
            _ body: (RawConnection, RunningProxy, FakeKubelet) async throws -> Void
        ) async throws {
            try await withProxy(more, port: .plain, behaviour: behaviour) { (proxy, _, kubelet) async throws in
                let connection = try RawConnection(to: proxy.url)
                connection.send(Tunnels.connect("node-b:\(kubelet.address.port)"))
                try #require(connection.receive(until: "\r\n\r\n").text.hasPrefix("HTTP/1.1 200 "))
                try await body(connection, proxy, kubelet)
            }
        }

        @Test("A tunnel between two scrapes ends at once")
        func idle() async throws {
            try await withTunnel("shutdown_timeout: 20s") { (connection, proxy, _) async throws in
                connection.send(Self.scrape)
                #expect(connection.receive(until: "} 1\n", within: 1).text.contains(" 200 OK\r\n"))
                try await Task.sleep(for: .milliseconds(1_200))
                let begun = ContinuousClock.now
                proxy.terminate()
                #expect(connection.receive() == ("", true))
                #expect(ContinuousClock.now - begun < .milliseconds(900))
                #expect(await proxy.stop() == 0)
                #expect(ContinuousClock.now - begun < .seconds(5))
            }
        }

        @Test("A scrape under way inside comes to its end, then the tunnel does")
        func underWay() async throws {
            try await withTunnel("shutdown_timeout: 20s", .failing(.slow(bytes: 50, pause: 300))) {
                (connection, proxy, kubelet) async throws in
                connection.send(Self.scrape)
                #expect(try await proxy.wait { !kubelet.requests.isEmpty })
                proxy.terminate()
                let body = try #require(kubelet.body("/metrics/slis")?.plain.joined)
                let (text, isClosed) = connection.receive()
                #expect(text.hasSuffix("\r\n\r\n" + String(decoding: body, as: UTF8.self)))
                #expect(isClosed)
                #expect(await proxy.stop() == 0)
            }
        }

        @Test("What lasts longer than shutdown_timeout is cut")
        func cut() async throws {
            try await withTunnel("shutdown_timeout: 300ms", .failing(.hangsBeforeHead)) {
                (connection, proxy, kubelet) async throws in
                connection.send(Self.scrape)
                #expect(try await proxy.wait { !kubelet.requests.isEmpty })
                let begun = ContinuousClock.now
                proxy.terminate()
                #expect(connection.receive() == ("", true))
                #expect(ContinuousClock.now - begun < .seconds(3))
                #expect(await proxy.stop() == 0)
                #expect(proxy.exitedByItself)
            }
        }
    }
}
