import Addressing
import FakeCluster
import Foundation
import Synchronization
import Testing

extension EndToEndTests {
    /// What happens to a node while it is scraped without a pause: samples under a wrong name and scrapes lost are counted.
    @Suite struct OwnerScenarios {
        /// Scrapes under each of the names, one after another, until it is told to stop.
        private final class Scraper: Sendable {
            struct Count: Equatable {
                var stored = 0
                /// Stored samples of another kubelet than the claimed node's.
                var wrong = 0
                /// Scrapes of a node that was well, and that stored nothing.
                var lost = 0
            }

            private let state = Mutex((count: Count(), well: Set<String>(), isStopped: false))
            var count: Count { state.withLock { $0.count } }

            /// These nodes are well from now on: each scrape that begins has to be stored.
            func expect(_ names: String...) { state.withLock { $0.well = Set(names) } }
            func stop() { state.withLock { $0.isStopped = true } }

            func run(_ names: [String], at address: SocketAddress, through proxy: RunningProxy) async throws {
                while !state.withLock({ $0.isStopped }) {
                    for name in names {
                        let isWell = state.withLock { $0.well.contains(name) }
                        let answer = try await proxy.scrape("\(address)/metrics?node=\(name)")
                        let isStored = answer.status == 200 && answer.exitCode == 0
                        state.withLock { state in
                            if isStored {
                                state.count.stored += 1
                                if !answer.text.contains("kubelet_node_name{node=\"\(name)\"} 1") {
                                    state.count.wrong += 1
                                }
                            } else if isWell, state.well.contains(name) {
                                state.count.lost += 1
                            }
                        }
                    }
                }
            }
        }

        private func play(
            _ names: [String], _ body: (Scraper, RunningProxy, FakeCluster, FakeKubelet) async throws -> Void
        ) async throws {
            try await withProxy { (proxy, cluster, kubelet) async throws in
                let scraper = Scraper()
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { try await scraper.run(names, at: kubelet.address, through: proxy) }
                    let failure: (any Error)?
                    do {
                        try await body(scraper, proxy, cluster, kubelet)
                        failure = nil
                    } catch { failure = error }
                    scraper.stop()
                    try await group.waitForAll()
                    if let failure { throw failure }
                }
                let count = scraper.count
                #expect(count.wrong == 0 && count.lost == 0, "\(count)")
                #expect(count.stored > 20, "\(count)")
            }
        }

        /// Long enough for a few scrapes of each.
        private func watch() async throws { try await Task.sleep(for: .milliseconds(400)) }

        @Test("The old node turns False, not Unknown, and the new one comes up at its address: none wrong, none lost")
        func falseNotUnknown() async throws {
            try await play(["node-b", "node-c"]) { (scraper, proxy, cluster, kubelet) async throws in
                scraper.expect("node-b")
                try await watch()
                scraper.expect()
                var old = kubelet.node
                old.mark(.false)
                cluster.apiServer.put(old)
                let target = "\(kubelet.address)/metrics"
                #expect(try await proxy.scrape("\(target)?node=node-b") { $0.status == 503 }.status == 503)
                await kubelet.stop()
                let next = try await cluster.kubelet("node-c", at: kubelet.address)
                // Registered, and not Ready yet: False is no owner, whosever it is.
                var node = next.node
                node.createdAt += 3_600
                node.mark(.false)
                cluster.apiServer.put(node)
                try await watch()
                node.mark(.true)
                cluster.apiServer.put(node)
                #expect(try await proxy.scrape("\(target)?node=node-c") { $0.status == 200 }.status == 200)
                scraper.expect("node-c")
                try await watch()
                let stale = try await proxy.scrape("\(target)?node=node-b")
                #expect(stale.field("x-kubelet-relabel-proxy-verdict") == "drop; reason=stale_identity")
                cluster.apiServer.delete(old)
                try await watch()
            }
        }

        @Test("A machine registers anew under its name, with another UID: its name stays good, the old UID does not")
        func registeredAnew() async throws {
            try await play(["node-b"]) { (scraper, proxy, cluster, kubelet) async throws in
                let target = "\(kubelet.address)/metrics?node=node-b"
                let old = kubelet.node
                scraper.expect("node-b")
                #expect(try await proxy.scrape("\(target)&node_uid=\(old.uid)").status == 200)
                try await watch()
                scraper.expect()
                cluster.apiServer.delete(old)
                #expect(try await proxy.scrape(target) { $0.status == 503 }.status == 503)
                var anew = old
                anew.uid = "uid-anew"
                anew.createdAt += 3_600
                cluster.apiServer.put(anew)
                #expect(try await proxy.scrape(target) { $0.status == 200 }.status == 200)
                scraper.expect("node-b")
                try await watch()
                let stale = try await proxy.scrape("\(target)&node_uid=\(old.uid)")
                #expect(stale.field("x-kubelet-relabel-proxy-verdict") == "drop; reason=stale_identity")
                #expect(stale.statusLine.contains("with UID uid-anew, scrape claims UID \(old.uid)"))
                #expect(try await proxy.scrape("\(target)&node_uid=uid-anew").status == 200)
            }
        }
    }
}
