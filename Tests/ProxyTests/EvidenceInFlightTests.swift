import FakeCluster
import Foundation
import TLS
import Testing

extension EndToEndTests {
    /// What is found out while answers are on their way, or of certificates that were trusted (spec 6.3).
    @Suite struct EvidenceInFlight {
        private static let resource = "/metrics/resource"
        /// The machine of node-b, whose kubelet was node-a's before.
        private static let machine = FakeNode.Machine(seed: "node-b")
        private static let certificate: EvidenceBench.TLSIdentitySource = { _ in
            try CertificateAuthority.selfSign(.selfSignedKubelet(host: "node-a", madeAt: 1)).identity
        }

        /// More than the sockets between proxy and scraper hold: while nobody reads it, its end can't have been let pass.
        private static let long: MetricsCorpus = {
            var bodies = GeneratedBodies(bytes: 5_000).bodies
            let line = Array("container_threads{container=\"a\",namespace=\"default\",pod=\"pod-0123456789\"} 1\n".utf8)
            bodies[resource] = (0..<16_000_000 / line.count).flatMap { _ in line }
            bodies["/metrics/cadvisor"] = bodies[resource].map { long in
                long + (GeneratedBodies(bytes: 5_000).bodies["/metrics/cadvisor"] ?? [])
            }
            return MetricsCorpus(bodies)
        }()

        /// A scrape for node-a whose answer has begun, and is read to its end only when `meanwhile` is through.
        ///
        /// - Returns: whether it came whole.
        private func comesWhole(
            _ path: String, in bench: EvidenceBench, while meanwhile: () async throws -> Void
        ) async throws -> Bool {
            let scraper = try RawConnection(to: bench.proxy.url)
            let target = "http://\(bench.kubelet.address)\(path)?node=node-a"
            scraper.send("GET \(target) HTTP/1.1\r\nHost: \(bench.kubelet.address)\r\nConnection: close\r\n\r\n")
            let begun = scraper.receive(until: "\r\n\r\n").text
            #expect(begun.hasPrefix("HTTP/1.1 200"), "\(begun.prefix(200))")
            try await meanwhile()
            let rest = scraper.receive()
            #expect(rest.isClosed)
            return rest.text.hasSuffix("\r\n0\r\n\r\n")
        }

        @Test(
            "What another scrape finds out ends the answers on their way: the same kubelet is asked before their end goes out",
            arguments: [EvidenceBench.Port.plain, .selfSigned], [resource, "/metrics/cadvisor"])
        func foundOut(port: EvidenceBench.Port, path: String) async throws {
            for real in ["node-b", "node-a"] {
                try await EvidenceBench.run(
                    port, real: real, certificate: port == .plain ? nil : Self.certificate, corpus: Self.long,
                    nodes: [.test("node-a", age: 3600, machine: FakeNode.Machine(seed: real))]
                ) { (bench) async throws in
                    let isWhole = try await comesWhole(path, in: bench) {
                        guard real == "node-a" else { return }
                        // Somebody else answers for once.
                        let body = "kubelet_node_name{node=\"node-x\"} 1\n"
                        let head = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: \(body.utf8.count)"
                        bench.kubelet.answerNext(.failing(.sends(Array("\(head)\r\n\r\n\(body)".utf8))))
                        let answer = try await bench.keptScrape("node-a", "/metrics")
                        #expect(answer.verdict == "drop; reason=wrong_evidence", "\(answer.statusLine)")
                        bench.kubelet.forgetRequests()
                    }
                    guard real == "node-b" else {
                        #expect(isWhole && bench.asked == ["/metrics"])
                        return
                    }
                    // Nobody has found out yet: nothing is asked, and it passes (spec 6.2).
                    #expect(isWhole && bench.asked == [path])
                    let isWholeNow = try await comesWhole(path, in: bench) {
                        let answer = try await bench.keptScrape("node-a", "/metrics")
                        #expect(answer.verdict == "drop; reason=wrong_evidence", "\(answer.statusLine)")
                    }
                    #expect(!isWholeNow)
                }
            }
        }

        @Test("So does a Node that turns up at the address, unless it is the owner's kubelet that answers")
        func nodeTurnsUp() async throws {
            for real in ["node-b", "node-a"] {
                try await EvidenceBench.run(
                    .plain, real: real, corpus: Self.long, nodes: [.test("node-a", age: 3600)]
                ) { (bench) async throws in
                    let isWhole = try await comesWhole(Self.resource, in: bench) {
                        try await bench.put(.test("node-b")) { $0.contains("nodes{ready=\"true\"} 2") }
                    }
                    #expect(isWhole == (real == "node-a"))
                }
            }
        }

        @Test("Ids that contradict are outranked by a certificate known by name, where nobody can be asked again")
        func certificateOutranksIDs() async throws {
            var closing = KubeletBehaviour()
            closing.answersPerConnection = 1
            for isKnown in [true, false] {
                try await EvidenceBench.run(
                    .selfSigned, real: "node-a", certificate: Self.certificate,
                    nodes: [.test("node-a", machine: FakeNode.Machine(seed: "before"))]
                ) { (bench) async throws in
                    if isKnown { #expect(try await bench.scrape("node-a", "/metrics").isStored) }
                    bench.kubelet.answerNext(closing)
                    let answer = try await bench.scrape("node-a", "/metrics/cadvisor")
                    #expect(answer.isStored == isKnown, "\(answer.statusLine)")
                    // Asked, it tells.
                    #expect(try await bench.scrape("node-a", "/metrics/cadvisor").isStored)
                }
            }
        }

        @Test("A clone that does not name itself is not acquitted by the certificate that it shares")
        func clonedCertificate() async throws {
            var bodies = GeneratedBodies(bytes: 5_000).bodies
            bodies["/metrics"] = Array("up 1\n".utf8)
            try await EvidenceBench.run(
                .selfSigned, real: "node-a", certificate: Self.certificate, corpus: MetricsCorpus(bodies),
                nodes: [.test("node-a")]
            ) { (bench) async throws in
                // The certificate is proved, by the ids.
                #expect(try await bench.scrape("node-a", "/metrics/cadvisor").isStored)
                #expect(try await bench.scrape("node-a", Self.resource).isStored)
                #expect(try await bench.checks("fingerprint", "agrees") == 1)
                // The next machine has it too.
                let body = "machine_cpu_cores{machine_id=\"of-another\",system_uuid=\"of-another\"} 1\n"
                let head = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: \(body.utf8.count)\r\n\r\n"
                bench.kubelet.answerNext(.failing(.sends(Array("\(head)\(body)".utf8))))
                let answer = try await bench.scrape("node-a", "/metrics/cadvisor")
                #expect(answer.verdict == "drop; reason=wrong_evidence", "\(answer.statusLine)")
                for path in [Self.resource, "/metrics"] {
                    let answer = try await bench.scrape("node-a", path)
                    #expect(answer.verdict == "drop; reason=unproven", "\(path): \(answer.statusLine)")
                }
                // The owner is back, with its ids.
                for path in ["/metrics/cadvisor", Self.resource, "/metrics"] {
                    #expect(try await bench.scrape("node-a", path).isStored, "\(path)")
                }
            }
        }
    }
}
