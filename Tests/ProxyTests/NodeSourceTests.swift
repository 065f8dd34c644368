import Addressing
import FakeCluster
import Testing

extension EndToEndTests {
    /// Where the nodes come from, when it is not there or says nonsense.
    @Suite struct NodeSources {
        @Test("Without an API server at start nothing is forwarded; once it comes, all is well")
        func apiComesLate() async throws {
            try await withProxy(apiIsAway: true) { (proxy, cluster, kubelet) async throws in
                let target = "\(kubelet.address)/metrics?node=node-b"
                let answer = try await proxy.scrape(target)
                #expect(answer.status == 503)
                #expect(answer.field("x-kubelet-relabel-proxy-verdict") == "drop; reason=not_synced")
                #expect(try await proxy.admin("/-/ready").status == 503)
                #expect(try await proxy.admin("/-/healthy").status == 200)
                #expect(try await proxy.admin("/metrics").text.contains("table_synced 0"))
                #expect(kubelet.requests.isEmpty)
                try await cluster.apiServer.comeBack()
                // The back-off between tries is 10 s at most (spec 4.5).
                for _ in 0..<3 where try await proxy.admin("/-/ready").status == 503 {
                    _ = try await proxy.wait { try await proxy.admin("/-/ready").status == 200 }
                }
                #expect(try await proxy.admin("/-/ready").status == 200)
                #expect(try await proxy.scrape(target).status == 200)
            }
        }

        @Test("A malformed nodes file leaves the table as it was: none at start, the old one after that")
        func malformedFile() async throws {
            let cluster = try await FakeCluster.start()
            let kubelet = try await cluster.kubelet("node-b", port: .plain)
            let proxy = try await RunningProxy.start(
                """
                nodes: {file: nodes.yaml, allow_loopback_nodes: true}
                upstream: {ports: {kubelet: http}}
                """, files: ["nodes.yaml": "kind: Node\nmetadata: 7\n"])
            let target = "\(kubelet.address)/metrics?node=node-b"
            #expect(try await proxy.wait { proxy.logText.contains("nodes.yaml:2:") }, "\(proxy.logText)")
            #expect(try await proxy.admin("/-/ready").status == 503)
            #expect(try await proxy.scrape(target).status == 503)
            try proxy.write(Self.node("node-b", of: kubelet), to: "nodes.yaml")
            #expect(try await proxy.scrape(target) { $0.status == 200 }.status == 200)
            #expect(try await proxy.admin("/-/ready").status == 200)

            try proxy.write("kind: Node\nmetadata: {name: node-c}\nstatus: {addresses: 7}\n", to: "nodes.yaml")
            #expect(try await proxy.wait { proxy.logText.contains("nodes.yaml:3:") }, "\(proxy.logText)")
            #expect(try await proxy.scrape(target).status == 200)
            #expect(try await proxy.admin("/-/ready").status == 200)
            try proxy.write(Self.node("node-c", of: kubelet), to: "nodes.yaml")
            #expect(try await proxy.scrape(target) { $0.status == 421 }.statusLine.contains("is node-c since"))
            #expect(await proxy.stop() == 0)
            await cluster.stop()
        }

        private static func node(_ name: String, of kubelet: FakeKubelet) -> String {
            """
            kind: Node
            metadata: {name: \(name)}
            status:
              addresses: [{type: InternalIP, address: \(kubelet.address.ip)}]
              conditions: [{type: Ready, status: "True"}]
              daemonEndpoints: {kubeletEndpoint: {Port: \(kubelet.address.port)}}
            """
        }
    }
}
