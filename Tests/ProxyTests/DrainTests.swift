import FakeCluster
import Foundation
import Testing

extension EndToEndTests {
    /// SIGTERM (spec 12.4). The fixture expects exit status 0.
    @Suite struct Draining {
        @Test("A scrape in flight finishes, new connections are refused, idle ones are closed")
        func finishes() async throws {
            try await withProxy("shutdown_timeout: 20s") { (proxy, _, kubelet) async throws in
                let idle = try RawConnection(to: proxy.url)
                let length = try #require(kubelet.body("/metrics")?.plain.joined.count)
                kubelet.behaviour = .failing(.slow(bytes: length / 4 + 1, pause: 400))
                async let scrape = proxy.scrape("\(kubelet.address)/metrics?node=node-b")
                #expect(try await proxy.wait { !kubelet.requests.isEmpty })
                let begun = ContinuousClock.now
                proxy.terminate()
                #expect(try await proxy.wait { (try? RawConnection(to: proxy.url)) == nil })
                #expect(idle.receive() == ("", true))
                let answer = try await scrape
                #expect(answer.exitCode == 0 && answer.status == 200)
                #expect(answer.body.count == length)
                #expect(await proxy.stop() == 0)
                #expect(ContinuousClock.now - begun < .seconds(10))
                #expect(proxy.exitedByItself)
            }
        }

        @Test("What is not finished within shutdown_timeout is cut, and seen to be cut")
        func cuts() async throws {
            try await withProxy("shutdown_timeout: 300ms") { (proxy, _, kubelet) async throws in
                kubelet.behaviour = .failing(.hangsInBody(after: 3_000))
                async let scrape = proxy.scrape("\(kubelet.address)/metrics?node=node-b")
                #expect(try await proxy.wait { !kubelet.requests.isEmpty })
                let begun = ContinuousClock.now
                proxy.terminate()
                #expect(await proxy.stop() == 0)
                #expect(ContinuousClock.now - begun < .seconds(8))
                #expect(proxy.exitedByItself)
                #expect(try await scrape.exitCode == 18)
            }
        }
    }
}
