import Addressing
import FakeCluster
import Foundation
import Testing

extension EndToEndTests {
    /// Who really answers, against what the Node objects say (spec 6).
    @Suite struct Evidences {
        private static let paths = [
            "/metrics", "/metrics/cadvisor", "/metrics/resource", "/metrics/probes", "/metrics/slis",
        ]
        /// Whatever the scraper takes.
        private static let codings = [["-H", "Accept-Encoding: identity"], ["-H", "Accept-Encoding: gzip"]]

        // MARK: One Node object, the right machine or another

        @Test(
            "The owner's kubelet: every answer passes byte for byte, over new and kept connections, and nothing else is asked",
            arguments: EvidenceBench.Port.allCases)
        func healthy(port: EvidenceBench.Port) async throws {
            try await EvidenceBench.run(port, real: "node-b", nodes: [.test("node-b")]) { (bench) async throws in
                for path in Self.paths {
                    for coding in Self.codings {
                        for answer in [
                            try await bench.scrape("node-b", path, coding),
                            try await bench.keptScrape("node-b", path, coding),
                        ] {
                            #expect(answer.isStored, "\(path): \(answer.statusLine)")
                            let expected = try #require(bench.kubelet.body(path))
                            #expect(
                                [UInt8](answer.body)
                                    == (coding[1].contains("gzip") ? expected.gzip : expected.plain).joined)
                        }
                    }
                }
                #expect(bench.wasAsked(Self.paths.count * 4))
                let kind = port == .issued ? "certificate" : "node_name"
                #expect(try await bench.checks(kind, "agrees") > 0)
                #expect(try await bench.proxy.admin("/metrics").text.contains("outcome=\"contradicts\"") == false)
            }
        }

        @Test("A certificate that names another node: nothing is sent, whatever is scraped", arguments: [true, false])
        func wrongCertificate(isKnown: Bool) async throws {
            let others: [FakeNode] = isKnown ? [.test("node-x", ready: .unknown)] : []
            for port in isKnown ? [EvidenceBench.Port.issued, .selfSigned] : [.issued] {
                try await EvidenceBench.run(port, real: "node-x", nodes: [.test("node-b")] + others) {
                    (bench) async throws in
                    for path in Self.paths + Self.paths {
                        let answer = try await bench.scrape("node-b", path, ["-H", "Authorization: Bearer secret"])
                        #expect(answer.status == 421 && answer.verdict == "drop; reason=wrong_evidence")
                        #expect(answer.statusLine.contains("Wrong evidence: \(bench.kubelet.address) should be node-b"))
                        #expect(answer.statusLine.contains("node-x"))
                    }
                    #expect(bench.asked.isEmpty)
                    let kind = port == .issued ? "certificate" : "self_signed"
                    #expect(try await bench.checks(kind, "contradicts") == 10)
                    let log = bench.proxy.logText.split(separator: "\n")
                    #expect(log.count { $0.contains("Contradicting evidence began") } == 1)
                }
            }
        }

        @Test("A host that nobody knows raises doubt: one /metrics settles it before the scrape goes out, once")
        func doubt() async throws {
            let certificate: EvidenceBench.TLSIdentitySource = { _ in
                try CertificateAuthority.selfSign(.selfSignedKubelet(host: "ip-10-0-0-5", madeAt: 1)).identity
            }
            try await EvidenceBench.run(
                .selfSigned, real: "node-b", certificate: certificate, nodes: [.test("node-b")]
            ) { (bench) async throws in
                #expect(try await bench.scrape("node-b", "/metrics/resource").isStored)
                #expect(bench.asked == ["/metrics", "/metrics/resource"])
                #expect(try await bench.scrape("node-b", "/metrics/resource").isStored)
                #expect(bench.wasAsked(3))
                #expect(try await bench.checks("fingerprint", "agrees") == 1)
                // The certificate is rotated: it is asked once more.
                try bench.kubelet.use(certificate(bench.cluster))
                #expect(try await bench.scrape("node-b", "/metrics/resource").isStored)
                #expect(try await bench.scrape("node-b", "/metrics/resource").isStored)
                #expect(bench.wasAsked(6))
            }
            try await EvidenceBench.run(
                .selfSigned, real: "node-x", certificate: certificate, nodes: [.test("node-b")]
            ) { (bench) async throws in
                for path in Self.paths + Self.paths {
                    #expect(try await bench.scrape("node-b", path).verdict == "drop; reason=wrong_evidence")
                }
                #expect(!bench.asked.contains { $0 != "/metrics" && $0 != "/metrics/cadvisor" })
            }
        }

        @Test("Rotated certificates of the cluster's CA are as good as the first")
        func rotation() async throws {
            try await EvidenceBench.run(.issued, real: "node-b", nodes: [.test("node-b")]) { (bench) async throws in
                for _ in 0..<3 {
                    #expect(try await bench.scrape("node-b", "/metrics/resource").isStored)
                    try bench.kubelet.use(
                        bench.cluster.authority.issue(
                            .kubelet(node: "node-b", addresses: [bench.kubelet.address.ip])
                        ).identity)
                }
                #expect(bench.asked.count == 3)
            }
        }

        // MARK: In the body

        private static func corpus(name: String, bytes: Int) -> MetricsCorpus {
            let node = Protobuf.gauge(
                "kubelet_node_name", metric: Protobuf.field(1, Protobuf.field(1, "node") + Protobuf.field(2, name)))
            let filling = (0..<bytes / 40).flatMap { _ in Protobuf.gauge("up", metric: []) }
            let ids = Protobuf.gauge(
                "machine_cpu_cores",
                metric: Protobuf.field(1, Protobuf.field(1, "machine_id") + Protobuf.field(2, "m-of-\(name)")))
            let generated = GeneratedBodies(bytes: bytes)
            return MetricsCorpus(
                generated.bodies, protobuf: ["/metrics": filling + node + filling, "/metrics/cadvisor": filling + ids])
        }

        private static let protobuf = [
            "-H",
            "Accept: application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.9",
        ]

        struct BodyCase: Sendable, CustomTestStringConvertible {
            let port: EvidenceBench.Port
            let configuration: String
            let bytes: Int

            var testDescription: String { "\(port.rawValue), \(bytes) bytes, \(configuration)" }

            static let all = [EvidenceBench.Port.selfSigned, .plain].flatMap { port in
                ["", "stamp: {pool: __meta_kubernetes_node_name}\n"].flatMap { configuration in
                    [5_000, 600_000].map { BodyCase(port: port, configuration: configuration, bytes: $0) }
                }
            }
        }

        @Test(
            "A body that tells of another machine never comes whole: text and protobuf, gzip or not, rewritten or not",
            arguments: BodyCase.all)
        func wrongBody(_ example: BodyCase) async throws {
            // A self-signed certificate for the owner's host agrees; the body outranks it.
            let certificate: EvidenceBench.TLSIdentitySource = { _ in
                try CertificateAuthority.selfSign(.selfSignedKubelet(host: "node-b", madeAt: 1)).identity
            }
            for formats in [[], Self.protobuf] {
                for coding in Self.codings {
                    for path in ["/metrics", "/metrics/cadvisor"] {
                        try await EvidenceBench.run(
                            with: example.configuration, example.port, real: "node-x",
                            certificate: example.port == .plain ? nil : certificate,
                            corpus: Self.corpus(name: "node-x", bytes: example.bytes), nodes: [.test("node-b")]
                        ) { (bench) async throws in
                            let first = try await bench.scrape("node-b", path, formats + coding)
                            #expect(!first.isStored, "\(path) \(formats.count) \(coding[1])")
                            #expect(first.status == 421 || first.exitCode == 18 || first.exitCode == 56)
                            let metrics = try await bench.proxy.admin("/metrics").text
                            #expect(metrics.contains("verdict=\"drop\",reason=\"wrong_evidence\"} 1"))
                            // From now on the owner must prove itself: what brings no evidence is not sent any more.
                            bench.kubelet.forgetRequests()
                            let next = try await bench.scrape("node-b", "/metrics/resource")
                            #expect(next.status == 421, "\(next.statusLine)")
                            #expect(bench.asked == ["/metrics"])
                        }
                    }
                }
            }
        }

        @Test("OpenMetrics tells as well")
        func openMetrics() async throws {
            let body = "# TYPE kubelet_node_name gauge\nkubelet_node_name{node=\"node-x\"} 1\n# EOF\n"
            let bytes = Array(
                ("HTTP/1.1 200 OK\r\nContent-Type: application/openmetrics-text; version=1.0.0\r\n"
                    + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)").utf8)
            try await EvidenceBench.run(
                .plain, real: "node-b", behaviour: .failing(.sends(bytes)), nodes: [.test("node-b")]
            ) { (bench) async throws in
                let answer = try await bench.scrape("node-b", "/metrics")
                #expect(answer.status == 421 && answer.statusLine.contains("its kubelet calls itself node-x"))
            }
        }

        @Test("Any chunks that the kubelet makes", arguments: [1, 3, 50, 4096])
        func chunks(size: Int) async throws {
            var behaviour = KubeletBehaviour()
            behaviour.framing = .chunked(size: size)
            for real in ["node-b", "node-x"] {
                try await EvidenceBench.run(.plain, real: real, behaviour: behaviour, nodes: [.test("node-b")]) {
                    (bench) async throws in
                    for (path, coding) in [("/metrics", Self.codings[0]), ("/metrics/cadvisor", Self.codings[1])] {
                        let answer = try await bench.scrape("node-b", path, coding)
                        #expect(answer.isStored == (real == "node-b"), "\(path): \(answer.statusLine)")
                    }
                }
            }
        }
    }
}

/// The text bodies of a fake kubelet, with a length of the test's choice.
struct GeneratedBodies {
    let bodies: [String: [UInt8]]

    init(bytes: Int) {
        let corpus = MetricsCorpus.generated(bytes: bytes)
        let identity = KubeletIdentity(FakeNode("node", address: "127.0.0.1"))
        var bodies: [String: [UInt8]] = [:]
        for path in MetricsCorpus.paths { bodies[path] = corpus.body(path, for: identity)?.plain.joined }
        self.bodies = bodies
    }
}
