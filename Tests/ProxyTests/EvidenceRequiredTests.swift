import FakeCluster
import Foundation
import Testing

extension EndToEndTests {
    /// `verify_identity` (spec 6.2), and evidence that is missing or misleading.
    @Suite struct EvidenceRequired {
        private static let require = "verify_identity: require\n"
        private static let token = ["-H", "Authorization: Bearer secret"]
        /// An old kubelet: no `kubelet_node_name`.
        private static let nameless: MetricsCorpus = {
            var bodies = GeneratedBodies(bytes: 5_000).bodies
            bodies["/metrics"] = Array("# TYPE up gauge\nup 1\n".utf8)
            return MetricsCorpus(bodies)
        }()

        @Test("require asks for what the scrape does not bring, over the same connection and with its authorization")
        func asks() async throws {
            for port in [EvidenceBench.Port.plain, .selfSigned] {
                try await EvidenceBench.run(with: Self.require, port, real: "node-b", nodes: [.test("node-b")]) {
                    (bench) async throws in
                    #expect(try await bench.scrape("node-b", "/metrics/resource", Self.token).isStored)
                    #expect(bench.asked == ["/metrics", "/metrics/resource"])
                    #expect(bench.kubelet.requests.allSatisfy { $0["authorization"] == "Bearer secret" })
                    #expect(await bench.kubelet.acceptedConnections == 1)
                    // Kept, it costs nothing more; a new connection of a known certificate neither, so soon.
                    #expect(try await bench.keptScrape("node-b", "/metrics/probes", Self.token).isStored)
                    #expect(bench.wasAsked(3))
                    #expect(try await bench.scrape("node-b", "/metrics/probes", Self.token).isStored)
                    #expect(bench.wasAsked(port == .plain ? 5 : 4))
                    #expect(try await bench.scrape("node-b", "/metrics/cadvisor").isStored)
                    // The machine's ids don't spare the question, nor does the question come twice.
                    #expect(bench.wasAsked(port == .plain ? 7 : 5))
                    #expect(try await bench.keptScrape("node-b", "/metrics/cadvisor").isStored)
                    #expect(bench.wasAsked(port == .plain ? 8 : 6))
                    #expect(try await bench.scrape("node-b", "/metrics").isStored)
                }
            }
            try await EvidenceBench.run(with: Self.require, .issued, real: "node-b", nodes: [.test("node-b")]) {
                (bench) async throws in
                #expect(try await bench.scrape("node-b", "/metrics/resource", Self.token).isStored)
                #expect(bench.asked == ["/metrics/resource"])
            }
        }

        @Test("require drops what can't be proved, and says why")
        func unproven() async throws {
            try await EvidenceBench.run(
                with: Self.require, .plain, real: "node-b", corpus: Self.nameless, nodes: [.test("node-b")]
            ) { (bench) async throws in
                for path in ["/metrics/resource", "/metrics"] {
                    let answer = try await bench.scrape("node-b", path)
                    #expect(answer.status == 421 && answer.verdict == "drop; reason=unproven")
                    #expect(answer.statusLine.contains("has no kubelet_node_name"), "\(answer.statusLine)")
                }
                for path in ["/metrics/slis", "/metrics/cadvisor"] {
                    bench.kubelet.answerNext(.failing(.answers(status: 401)))
                    let answer = try await bench.scrape("node-b", path)
                    #expect(answer.status == 421 && answer.statusLine.contains("answers 401"), "\(answer.statusLine)")
                }
                bench.kubelet.answerNext(.failing(.hangsBeforeHead))
                let begun = ContinuousClock.now
                let late = try await bench.scrape(
                    "node-b", "/metrics/slis", ["-H", "X-Prometheus-Scrape-Timeout-Seconds: 2"])
                #expect(late.status == 421 && late.statusLine.contains("half of the scrape's time"))
                #expect(ContinuousClock.now - begun < .seconds(1.8))
            }
        }

        @Test(
            "A kubelet restarted under another name is not acquitted by the ids of its machine: it is asked before the scrape",
            arguments: [EvidenceBench.Port.plain, .selfSigned])
        func renamed(port: EvidenceBench.Port) async throws {
            let certificate: EvidenceBench.TLSIdentitySource = { _ in
                try CertificateAuthority.selfSign(.selfSignedKubelet(host: "node-a", madeAt: 1)).identity
            }
            let machine = FakeNode.Machine(seed: "node-b")
            try await EvidenceBench.run(
                with: Self.require, port, real: "node-b", certificate: port == .plain ? nil : certificate,
                nodes: [.test("node-a", machine: machine)]
            ) { (bench) async throws in
                let answer = try await bench.scrape("node-a", "/metrics/cadvisor")
                #expect(answer.verdict == "drop; reason=wrong_evidence", "\(answer.statusLine)")
                #expect(answer.statusLine.contains("its kubelet calls itself node-b"))
                #expect(bench.asked == ["/metrics"])
            }
        }

        @Test("A kubelet that has no name to tell is proved by its machine's ids, once it was asked for one")
        func namelessIDs() async throws {
            for port in [EvidenceBench.Port.plain, .selfSigned] {
                try await EvidenceBench.run(
                    with: Self.require, port, real: "node-b", corpus: Self.nameless, nodes: [.test("node-b")]
                ) { (bench) async throws in
                    #expect(try await bench.scrape("node-b", "/metrics/cadvisor").isStored)
                    #expect(bench.asked == ["/metrics", "/metrics/cadvisor"])
                    for path in ["/metrics/cadvisor", "/metrics/resource", "/metrics"] {
                        #expect(try await bench.keptScrape("node-b", path).isStored)
                    }
                    #expect(bench.asked.count == 5)
                    // A certificate that the ids proved is worth as much as they are, over new connections too.
                    for path in ["/metrics/resource", "/metrics"] {
                        #expect(try await bench.scrape("node-b", path).isStored == (port == .selfSigned), "\(path)")
                    }
                }
                try await EvidenceBench.run(
                    with: Self.require, port, real: "node-x", corpus: Self.nameless, nodes: [.test("node-b")]
                ) { (bench) async throws in
                    for path in ["/metrics/cadvisor", "/metrics/resource", "/metrics/cadvisor"] {
                        #expect(!(try await bench.scrape("node-b", path).isStored))
                    }
                }
            }
        }

        @Test("Kubelets too old to name themselves are scraped all the same, doubt or no doubt")
        func oldKubelet() async throws {
            let certificate: EvidenceBench.TLSIdentitySource = { _ in
                try CertificateAuthority.selfSign(.selfSignedKubelet(host: "ip-10-0-0-5", madeAt: 1)).identity
            }
            for port in [EvidenceBench.Port.plain, .selfSigned] {
                try await EvidenceBench.run(
                    port, real: "node-b", certificate: port == .plain ? nil : certificate, corpus: Self.nameless,
                    nodes: [.test("node-b")]
                ) { (bench) async throws in
                    for _ in 0..<2 {
                        for path in ["/metrics", "/metrics/resource"] {
                            #expect(try await bench.scrape("node-b", path).isStored)
                        }
                    }
                    // In doubt it was asked once.
                    #expect(bench.wasAsked(port == .plain ? 4 : 5))
                }
            }
        }

        @Test("Contradicted by a name, a kubelet without one is acquitted by its ids, once it was asked")
        func acquitted() async throws {
            try await EvidenceBench.run(
                .plain, real: "node-b", corpus: Self.nameless, nodes: [.test("node-b")]
            ) { (bench) async throws in
                let body = "kubelet_node_name{node=\"node-x\"} 1\n"
                let head = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: \(body.utf8.count)\r\n\r\n"
                bench.kubelet.answerNext(.failing(.sends(Array("\(head)\(body)".utf8))))
                #expect(try await bench.scrape("node-b", "/metrics").verdict == "drop; reason=wrong_evidence")
                // Ids alone are those of a kubelet under another name as well, and an error tells nothing of its age.
                bench.kubelet.answerNext(.failing(.answers(status: 500)))
                let answer = try await bench.scrape("node-b", "/metrics/cadvisor")
                #expect(answer.verdict == "drop; reason=unproven", "\(answer.statusLine)")
                bench.kubelet.forgetRequests()
                for path in ["/metrics/cadvisor", "/metrics/resource"] {
                    #expect(try await bench.scrape("node-b", path).isStored)
                }
                #expect(bench.asked == ["/metrics", "/metrics/cadvisor", "/metrics/resource"])
            }
        }

        @Test("Cloned machine ids wedge no healthy node", arguments: ["", require])
        func clones(configuration: String) async throws {
            let machine = FakeNode.Machine(seed: "clone")
            for port in EvidenceBench.Port.allCases {
                var other = FakeNode.test("node-c", machine: machine)
                other.name = "node-c"
                try await EvidenceBench.run(
                    with: configuration, port, real: "node-b", nodes: [.test("node-b", machine: machine)]
                ) { (bench) async throws in
                    other.addresses = [FakeNode.Address("InternalIP", "127.79.0.99")]
                    bench.cluster.apiServer.put(other)
                    _ = try await bench.proxy.wait {
                        try await bench.proxy.admin("/metrics").text.contains("nodes{ready=\"true\"} 2")
                    }
                    for path in ["/metrics/cadvisor", "/metrics/resource", "/metrics/cadvisor", "/metrics"] {
                        let answer = try await bench.scrape("node-b", path)
                        #expect(answer.isStored, "\(port.rawValue) \(path): \(answer.statusLine)")
                    }
                }
            }
        }

        @Test("Ids that the Node object has not caught up with are overruled by the name: no scrape is lost")
        func replacedUnderTheSameName() async throws {
            for configuration in ["", Self.require] {
                let before = FakeNode.Machine(seed: "before")
                try await EvidenceBench.run(
                    with: configuration, .plain, real: "node-b", nodes: [.test("node-b", machine: before)]
                ) { (bench) async throws in
                    for _ in 0..<2 {
                        let answer = try await bench.scrape("node-b", "/metrics/cadvisor")
                        #expect(answer.isStored, "\(answer.statusLine)")
                    }
                    // Asked where the ids contradicted, and not again; under `require` for each connection, before ids are seen.
                    #expect(bench.wasAsked(configuration.isEmpty ? 1 : 2, for: "/metrics"))
                    #expect(try await bench.checks("machine_id", "contradicts") == (configuration.isEmpty ? 1 : 0))
                    guard configuration.isEmpty else { return }
                    let node = FakeNode.test("node-b")
                    bench.cluster.apiServer.put(node.at(bench.kubelet.address))
                    let agrees = try await bench.proxy.wait {
                        guard try await bench.scrape("node-b", "/metrics/cadvisor").isStored else { return false }
                        return try await bench.checks("machine_id", "agrees") > 0
                    }
                    #expect(agrees)
                }
            }
        }

        @Test("off checks nothing; observe counts, and cuts nothing")
        func offAndObserve() async throws {
            for port in EvidenceBench.Port.allCases {
                try await EvidenceBench.run(
                    with: "verify_identity: off\n", port, real: "node-x", nodes: [.test("node-b")]
                ) {
                    (bench) async throws in
                    for path in MetricsCorpus.paths { #expect(try await bench.scrape("node-b", path).isStored) }
                    #expect(bench.asked.count == 5)
                    #expect(try await !bench.proxy.admin("/metrics").text.contains("evidence_checks_total{"))
                }
                try await EvidenceBench.run(with: "mode: observe\n", port, real: "node-x", nodes: [.test("node-b")]) {
                    (bench) async throws in
                    for path in ["/metrics", "/metrics/cadvisor", "/metrics/resource"] {
                        #expect(try await bench.scrape("node-b", path).isStored)
                    }
                    let text = try await bench.proxy.admin("/metrics").text
                    #expect(text.contains("verdict=\"drop\",reason=\"wrong_evidence\"}"), "\(port.rawValue)")
                }
            }
        }
    }
}
