import FakeCluster
import Foundation
import Testing

extension EndToEndTests {
    /// Two Ready nodes at one address: what their Leases tell reaches the verdict.
    @Suite struct LeaseDecisions {
        private static let rightsWithoutLeases = FakeUser(
            "relabel-proxy", groups: ["system:authenticated"], may: ["get nodes", "list nodes", "watch nodes"])

        /// node-a comes back to life at the address of node-b, which is the younger one.
        private func makeConflict(_ cluster: FakeCluster, _ kubelet: FakeKubelet) {
            var old = kubelet.node
            (old.name, old.uid) = ("node-a", "uid-of-node-a")
            old.createdAt -= 86_400
            cluster.apiServer.put(old)
        }

        private static var now: Int64 { Int64(Date().timeIntervalSince1970) * 1000 }

        @Test("The older node, whose Lease is fresh, owns the address of the younger one, whose Lease is overdue")
        func fresherLease() async throws {
            try await withProxy("verify_identity: off\n") { (proxy, cluster, kubelet) async throws in
                cluster.apiServer.put(FakeLease("node-a", renewedAt: Self.now))
                cluster.apiServer.put(FakeLease("node-b", renewedAt: Self.now - 60_000))
                makeConflict(cluster, kubelet)
                let target = "\(kubelet.address)/metrics"
                #expect(try await proxy.scrape("\(target)?node=node-a") { $0.status == 200 }.status == 200)
                let stale = try await proxy.scrape("\(target)?node=node-b")
                #expect(stale.status == 421 && stale.statusLine.contains("is node-a since"))
                let lines = proxy.logText.split(separator: "\n")
                #expect(lines.count { $0.contains("Address conflict began") } == 1)
                let decided = try #require(lines.last { $0.contains("Address conflict is decided anew") })
                #expect(decided.contains("node-a, because of the Ready claimants its Lease was renewed last"))
                #expect(try await proxy.admin("/metrics").text.contains("relabel_proxy_stale_identities 1\n"))

                var gone = kubelet.node
                gone.mark(.unknown)
                cluster.apiServer.put(gone)
                #expect(try await proxy.wait { proxy.logText.contains("Address conflict ended") })
                #expect(try await proxy.scrape("\(target)?node=node-a").status == 200)
            }
        }

        @Test("A Lease that is read again while the conflict lasts turns the verdict")
        func leasesRead() async throws {
            try await withProxy("verify_identity: off\n") { (proxy, cluster, kubelet) async throws in
                for node in ["node-a", "node-b"] { cluster.apiServer.put(FakeLease(node, renewedAt: Self.now)) }
                makeConflict(cluster, kubelet)
                let isRead = try await proxy.wait {
                    cluster.apiServer.requests.count { $0.path.contains("/leases/node-") } == 2
                }
                #expect(isRead)
                let target = "\(kubelet.address)/metrics/slis?node=node-a"
                #expect(try await proxy.scrape(target).status == 421)
                cluster.apiServer.put(FakeLease("node-a", renewedAt: Self.now + 41_000))
                let begun = ContinuousClock.now
                while try await proxy.scrape(target).status != 200, ContinuousClock.now - begun < .seconds(15) {
                    try await Task.sleep(for: .milliseconds(200))
                }
                #expect(try await proxy.scrape(target).status == 200)
            }
        }

        @Test("Without the right to read Leases the younger node owns the address, and the log says so once")
        func forbidden() async throws {
            try await withProxy("verify_identity: off\n") { (proxy, cluster, kubelet) async throws in
                cluster.apiServer.change { $0.users[FakeCluster.proxyToken] = Self.rightsWithoutLeases }
                cluster.apiServer.put(FakeLease("node-a", renewedAt: Self.now))
                cluster.apiServer.put(FakeLease("node-b", renewedAt: Self.now - 60_000))
                makeConflict(cluster, kubelet)
                #expect(try await proxy.wait { proxy.logText.contains("No leases from the Kubernetes API") })
                #expect(proxy.logText.contains("grant get on leases in kube-node-lease"))
                let target = "\(kubelet.address)/metrics"
                #expect(try await proxy.scrape("\(target)?node=node-b").status == 200)
                #expect(try await proxy.scrape("\(target)?node=node-a").status == 421)
                #expect(cluster.apiServer.requests.count { $0.path.contains("/leases/") } == 1)
            }
        }
    }
}
