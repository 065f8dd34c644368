import Addressing
import FakeCluster
import Testing

extension EndToEndTests {
    /// A connection to a kubelet has ended: who is met next may be another machine, or the same one's kubelet under another name,
    /// while the Node objects still tell the old story (spec 6.1, 6.2).
    @Suite struct EvidenceAfterwards {
        private static let resource = "/metrics/resource"
        private static let unverified = [EvidenceBench.Port.plain, .selfSigned]
        /// What a kubelet made for itself when it was node-a's.
        private static let certificate: EvidenceBench.TLSIdentitySource = { _ in
            try CertificateAuthority.selfSign(.selfSignedKubelet(host: "node-a", madeAt: 1)).identity
        }

        private func run(
            with configuration: String = "", _ port: EvidenceBench.Port,
            _ body: (EvidenceBench) async throws -> Void
        ) async throws {
            try await EvidenceBench.run(
                with: configuration, port, real: "node-a", certificate: port == .selfSigned ? Self.certificate : nil,
                nodes: [.test("node-a")], body)
        }

        /// Another kubelet answers at the bench's address.
        private func replace(
            _ bench: EvidenceBench, by name: String, machine: String, port: KubeletPort
        ) async throws -> FakeKubelet {
            await bench.kubelet.stop()
            try await bench.pause()
            var node = FakeNode(name, address: "127.79.0.5")
            node.machine = FakeNode.Machine(seed: machine)
            return try await bench.cluster.kubelet(node, at: bench.kubelet.address, port: port)
        }

        @Test(
            "The first connection is taken at its word; one that follows after a pause is asked for the name, where the scrape does not bring it",
            arguments: unverified)
        func follower(port: EvidenceBench.Port) async throws {
            try await run(port) { (bench) async throws in
                for (path, expected) in [
                    (Self.resource, [Self.resource]),
                    (Self.resource, ["/metrics", Self.resource]),
                    // Ids are the same under another name.
                    ("/metrics/cadvisor", ["/metrics", "/metrics/cadvisor"]),
                    ("/metrics", ["/metrics"]),
                ] {
                    bench.kubelet.forgetRequests()
                    let answer = try await bench.scrapeLater("node-a", path, ["-H", "Authorization: Bearer secret"])
                    #expect(answer.isStored, "\(answer.statusLine)")
                    #expect(bench.asked == expected)
                    #expect(bench.kubelet.requests.allSatisfy { $0["authorization"] == "Bearer secret" })
                    // Kept, it costs nothing more.
                    bench.kubelet.forgetRequests()
                    for path in [Self.resource, "/metrics/cadvisor", "/metrics"] {
                        #expect(try await bench.keptScrape("node-a", path).isStored)
                    }
                    #expect(bench.asked.count == 3)
                }
            }
        }

        @Test("A verified certificate spares the question, and so does verify_identity: off", arguments: [true, false])
        func spared(isOff: Bool) async throws {
            try await run(with: isOff ? "verify_identity: off\n" : "", isOff ? .plain : .issued) {
                (bench) async throws in
                for _ in 0..<3 { #expect(try await bench.scrapeLater("node-a", Self.resource).isStored) }
                #expect(bench.asked == [Self.resource, Self.resource, Self.resource])
            }
        }

        @Test(
            "Another machine has the address and no Node tells: nothing of it passes under the old name, on any path",
            arguments: unverified, ["/metrics", "/metrics/cadvisor", resource])
        func reused(port: EvidenceBench.Port, path: String) async throws {
            try await run(port) { (bench) async throws in
                #expect(try await bench.scrape("node-a", path).isStored)
                let next = try await replace(bench, by: "node-x", machine: "node-x", port: port.kubeletPort)
                for _ in 0..<2 {
                    let answer = try await bench.keptScrape("node-a", path)
                    #expect(answer.verdict == "drop; reason=wrong_evidence", "\(answer.statusLine)")
                }
                #expect(next.requests.allSatisfy { $0.path != Self.resource })
            }
        }

        @Test(
            "Nor when the machine stays, its certificate too, and its kubelet was restarted under a new name",
            arguments: unverified, ["", "verify_identity: require\n"])
        func renamed(port: EvidenceBench.Port, configuration: String) async throws {
            for path in [Self.resource, "/metrics/cadvisor"] {
                try await run(with: configuration, port) { (bench) async throws in
                    // The certificate is known, by the name.
                    for path in ["/metrics", path] { #expect(try await bench.scrape("node-a", path).isStored) }
                    let kept: KubeletPort = port == .plain ? .plain : .certificate(try Self.certificate(bench.cluster))
                    _ = try await replace(bench, by: "node-x", machine: "node-a", port: kept)
                    let answer = try await bench.keptScrape("node-a", path)
                    #expect(answer.verdict == "drop; reason=wrong_evidence", "\(path): \(answer.statusLine)")
                    #expect(answer.statusLine.contains("its kubelet calls itself node-x"))
                }
            }
        }

        // MARK: Kubelets that can't answer lose no scrape

        @Test("Not asked again: a kubelet whose /metrics hangs or breaks, or has no name, until it tells one")
        func inVain() async throws {
            let nameless = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nup 1\n"
            let half = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 90\r\n\r\nup 1\n"
            for fault in [
                KubeletBehaviour.Fault.hangsBeforeHead, .closesUnanswered, .sends(Array(half.utf8)),
                .sends(Array(nameless.utf8)),
            ] {
                for port in fault == .hangsBeforeHead ? Self.unverified : [.plain] {
                    try await run(port) { (bench) async throws in
                        let patience = ["-H", "X-Prometheus-Scrape-Timeout-Seconds: 2"]
                        #expect(try await bench.scrape("node-a", Self.resource, patience).isStored)
                        bench.kubelet.answerNext(.failing(fault))
                        bench.kubelet.forgetRequests()
                        let asked = try await bench.scrapeLater("node-a", Self.resource, patience)
                        #expect(asked.isStored, "\(fault): \(asked.statusLine)")
                        #expect(bench.asked == ["/metrics", Self.resource])
                        bench.kubelet.forgetRequests()
                        #expect(try await bench.scrapeLater("node-a", Self.resource, patience).isStored)
                        #expect(bench.asked == [Self.resource])
                        // It can, after all.
                        #expect(try await bench.scrape("node-a", "/metrics", patience).isStored)
                        bench.kubelet.forgetRequests()
                        #expect(try await bench.scrapeLater("node-a", Self.resource, patience).isStored)
                        #expect(bench.asked == ["/metrics", Self.resource])
                    }
                }
            }
        }

        @Test("A kubelet that answers to nothing any more is not taken for one that has no name: the next one is asked")
        func atItsEnd() async throws {
            try await run(.plain) { (bench) async throws in
                let patience = ["-H", "X-Prometheus-Scrape-Timeout-Seconds: 1"]
                #expect(try await bench.scrape("node-a", Self.resource, patience).isStored)
                bench.kubelet.behaviour = .failing(.hangsBeforeHead)
                #expect(try await bench.scrapeLater("node-a", Self.resource, patience).status == 504)
                #expect(bench.asked.suffix(2) == ["/metrics", Self.resource])
                _ = try await replace(bench, by: "node-x", machine: "node-x", port: .plain)
                let answer = try await bench.keptScrape("node-a", Self.resource)
                #expect(answer.verdict == "drop; reason=wrong_evidence", "\(answer.statusLine)")
            }
        }

        @Test(
            "An error tells nothing: the scrape passes, and the next connection is asked again", arguments: [401, 500])
        func refusedQuestion(status: Int) async throws {
            try await run(.plain) { (bench) async throws in
                #expect(try await bench.scrape("node-a", Self.resource).isStored)
                for _ in 0..<2 {
                    bench.kubelet.forgetRequests()
                    bench.kubelet.answerNext(.failing(.answers(status: status)))
                    #expect(try await bench.scrapeLater("node-a", Self.resource).isStored)
                    #expect(bench.asked == ["/metrics", Self.resource])
                }
            }
        }
    }
}
