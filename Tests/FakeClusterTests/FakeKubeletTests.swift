import Addressing
import Testing

@testable import FakeCluster

/// Fake kubelets seen by curl.
@Suite(.enabled(if: Curl.isInstalled, "curl is not installed"))
struct FakeKubeletTests {
    private func withKubelet(
        _ behaviour: KubeletBehaviour = KubeletBehaviour(), port: KubeletPort = .issued(.now),
        corpus: MetricsCorpus = .small, _ body: (FakeKubelet, TemporaryFile) async throws -> Void
    ) async throws {
        let cluster = try await FakeCluster.start()
        do {
            let authority = try TemporaryFile(cluster.authority.certificatePEM)
            try await body(
                try await cluster.kubelet("node-a", port: port, corpus: corpus, behaviour: behaviour), authority)
        } catch {
            await cluster.stop()
            throw error
        }
        await cluster.stop()
    }

    private func get(
        _ kubelet: FakeKubelet, _ path: String = "/metrics", trusting authority: TemporaryFile, _ more: String...
    ) async throws -> CurlResult {
        try await Curl.run(["--cacert", authority.path] + more + ["https://\(kubelet.address)\(path)"])
    }

    // MARK: Bodies

    @Test(
        "A body arrives as it is served, gzip or not, however it is framed",
        arguments: [
            KubeletBehaviour.Framing.automatic, .chunked(size: 1000), .chunked(size: 1), .contentLength, .untilClose,
        ])
    func bodies(framing: KubeletBehaviour.Framing) async throws {
        try await withKubelet { kubelet, authority in
            kubelet.behaviour.framing = framing
            for path in MetricsCorpus.paths {
                let expected = try #require(kubelet.body(path))
                let plain = try await get(kubelet, path, trusting: authority)
                #expect(plain.exitCode == 0 && plain.status == 200)
                #expect(plain.body == expected.plain.joined)
                let compressed = try await get(kubelet, path, trusting: authority, "-H", "Accept-Encoding: gzip")
                #expect(compressed.body == expected.gzip.joined)
                #expect(compressed.field("content-encoding") == "gzip")
            }
            // zlib, by way of curl, takes what was joined from pieces.
            let decoded = try await get(kubelet, trusting: authority, "--compressed")
            #expect(decoded.body == kubelet.body("/metrics")?.plain.joined)
        }
    }

    @Test("A connection ends after so many answers")
    func answersPerConnection() async throws {
        try await withKubelet(port: .plain) { kubelet, _ in
            kubelet.behaviour.answersPerConnection = 2
            let url = "http://\(kubelet.address)/metrics"
            let last = try await Curl.run([url, url, url, url, url].flatMap { ["-o", "/dev/null", $0] })
            #expect(last.status == 200 && last.field("connection") == nil)
            #expect(await kubelet.acceptedConnections == 3)
        }
    }

    @Test("A large body arrives whole, by TLS and without", arguments: [KubeletPort.issued(.now), .plain])
    func large(port: KubeletPort) async throws {
        try await withKubelet(port: port, corpus: Self.largeCorpus) { kubelet, authority in
            let scheme = port == .plain ? "http" : "https"
            let answer = try await Curl.run([
                "--cacert", authority.path, "--compressed", "\(scheme)://\(kubelet.address)/metrics/cadvisor",
            ])
            #expect(answer.body == kubelet.body("/metrics/cadvisor")?.plain.joined)
        }
    }

    private static let largeCorpus = MetricsCorpus(["/metrics/cadvisor": GeneratedMetrics.cadvisor(bytes: 4_000_000)])

    @Test("Chunked over 2 KB and with a length below, as Go's server does")
    func automaticFraming() async throws {
        try await withKubelet { kubelet, authority in
            let large = try await get(kubelet, "/metrics", trusting: authority)
            #expect(large.field("transfer-encoding") == "chunked")
            #expect(large.field("content-length") == nil)
            let small = try await get(kubelet, "/metrics/slis", trusting: authority)
            #expect(small.field("transfer-encoding") == nil)
            #expect(small.field("content-length") == "\(small.body.count)")
        }
    }

    // MARK: Requests

    @Test("Requests are kept as they came, and one connection serves many")
    func requests() async throws {
        try await withKubelet { kubelet, authority in
            _ = try await get(
                kubelet, "/metrics?a=b", trusting: authority, "-H", "X-Odd:  v ",
                "https://\(kubelet.address)/metrics/slis",
                "-o", "/dev/null")
            #expect(kubelet.requests.map(\.target) == ["/metrics/slis", "/metrics?a=b"])
            #expect(kubelet.requests.map(\.connection) == [1, 1])
            #expect(kubelet.requests.first?.head.hasPrefix("GET /metrics/slis HTTP/1.1\r\nHost: ") == true)
            #expect(await kubelet.acceptedConnections == 1)
            kubelet.forgetRequests()
            #expect(kubelet.requests.isEmpty)
        }
    }

    @Test(
        "What a scraper may not have is refused in the kubelet's words",
        arguments: [
            (["-I"], 403, ""), (["-X", "POST"], 403, "verb=create"),
            (["-H", "Authorization: Bearer bad"], 401, "Unauthorized"),
            (["-H", "Authorization: Bearer weak"], 403, "verb=get"),
            (["-H", "Authorization: bearer good"], 200, "kubelet_"),
        ])
    func refusals(arguments: [String], status: Int, text: String) async throws {
        var behaviour = KubeletBehaviour()
        let needsToken = arguments[0] == "-H"
        if needsToken { behaviour.authorization = .tokens(["good"], forbidden: ["weak"]) }
        try await withKubelet(behaviour) { kubelet, authority in
            let answer = try await Curl.run(
                ["--cacert", authority.path] + arguments + ["https://\(kubelet.address)/metrics"])
            #expect(answer.status == status)
            #expect(text.isEmpty || answer.text.contains(text))
        }
    }

    @Test("HEAD can be allowed: the head of a GET, and no body")
    func head() async throws {
        var behaviour = KubeletBehaviour()
        behaviour.allowsHead = true
        try await withKubelet(behaviour) { kubelet, authority in
            let answer = try await get(kubelet, trusting: authority, "-I")
            #expect(answer.exitCode == 0 && answer.status == 200)
            #expect(answer.body.starts(with: "HTTP/1.1 200".utf8))
        }
    }

    @Test("A path that does not exist is 404")
    func notFound() async throws {
        try await withKubelet { kubelet, authority in
            let answer = try await get(kubelet, "/nosuch", trusting: authority)
            #expect(answer.status == 404)
            #expect(answer.text == "404 page not found\n")
        }
    }

    // MARK: Faults

    @Test(
        "A kubelet can fail in every way, and the client notices",
        arguments: [
            // Exit codes of curl: 18 partial file, 28 timeout, 52 empty reply, 56 receive error, 1 not HTTP.
            (.answers(status: 500), [0]), (.hangsBeforeHead, [28]), (.hangsInBody(after: 3000), [28]),
            (.breaksOff(after: 3000), [18, 56]), (.resets(after: nil), [56]), (.resets(after: 3000), [56]),
            (.closesUnanswered, [52, 56]), (.sends(Array("garbage\r\n\r\n".utf8)), [1]),
        ] as [(KubeletBehaviour.Fault, [Int32])])
    func faults(fault: KubeletBehaviour.Fault, exitCodes: [Int32]) async throws {
        try await withKubelet(.failing(fault)) { kubelet, authority in
            let answer = try await get(kubelet, trusting: authority, "--max-time", "0.5")
            #expect(exitCodes.contains(answer.exitCode))
            if fault == .answers(status: 500) { #expect(answer.status == 500) }
            kubelet.behaviour.fault = .none
            #expect(try await get(kubelet, trusting: authority).status == 200)
        }
    }

    @Test("A slow kubelet sends the whole body, in its own time")
    func slow() async throws {
        try await withKubelet(.failing(.slow(bytes: 2000, pause: 50))) { kubelet, authority in
            let start = ContinuousClock.now
            let answer = try await get(kubelet, trusting: authority)
            #expect(answer.body == kubelet.body("/metrics")?.plain.joined)
            #expect(ContinuousClock.now - start > .milliseconds(200))
        }
    }

    @Test("A fault can be told for the next requests only")
    func answerNext() async throws {
        try await withKubelet { kubelet, authority in
            kubelet.answerNext(.failing(.answers(status: 503)), .failing(.closesUnanswered))
            let answers = [
                try await get(kubelet, trusting: authority), try await get(kubelet, trusting: authority),
                try await get(kubelet, trusting: authority),
            ]
            #expect(answers.map(\.status) == [503, 0, 200])
        }
    }

    @Test("A kubelet that stopped refuses connections, and another can take its address")
    func addressReuse() async throws {
        let cluster = try await FakeCluster.start()
        let authority = try TemporaryFile(cluster.authority.certificatePEM)
        let old = try await cluster.kubelet("node-a")
        #expect(try await get(old, trusting: authority).text.contains("kubelet_node_name{node=\"node-a\"} 1\n"))
        await old.stop()
        #expect(try await get(old, trusting: authority).exitCode == 7)
        let new = try await cluster.kubelet("node-b", at: old.address)
        #expect(try await get(new, trusting: authority).text.contains("kubelet_node_name{node=\"node-b\"} 1\n"))
        #expect(old.requests.count == 1)
        await cluster.stop()
    }

    @Test("Every address of 127.0.0.0/8 can have its kubelet")
    func ownAddresses() async throws {
        let cluster = try await FakeCluster.start()
        let authority = try TemporaryFile(cluster.authority.certificatePEM)
        var port: UInt16 = 0
        for last in 1...3 {
            let address = try #require(IPAddress("127.7.0.\(last)"))
            let kubelet = try await cluster.kubelet("node-\(last)", at: SocketAddress(address, port: port))
            port = kubelet.address.port
            #expect(try await get(kubelet, trusting: authority).text.contains("node=\"node-\(last)\""))
        }
        await cluster.stop()
    }
}
