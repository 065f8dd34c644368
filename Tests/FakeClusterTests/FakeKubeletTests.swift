import Addressing
import Testing

@testable import FakeCluster

@Suite(.enabled(if: Curl.isInstalled, "curl is not installed"))
struct FakeKubeletTests {
    /// Runs `body` with a cluster, and curl arguments that trust its CA.
    private func withCluster(_ body: (FakeCluster, TemporaryFile) async throws -> Void) async throws {
        let cluster = try await FakeCluster.start()
        let authority = try TemporaryFile(cluster.authority.certificatePEM)
        do { try await body(cluster, authority) } catch {
            await cluster.stop()
            throw error
        }
        await cluster.stop()
    }

    private func withKubelet(
        _ behaviour: KubeletBehaviour = KubeletBehaviour(), port: KubeletPort = .issued(.now),
        corpus: MetricsCorpus = .small, _ body: (FakeKubelet, TemporaryFile) async throws -> Void
    ) async throws {
        try await withCluster { cluster, authority in
            try await body(
                try await cluster.kubelet("node-a", port: port, corpus: corpus, behaviour: behaviour), authority)
        }
    }

    private func get(_ kubelet: FakeKubelet, _ path: String, trusting authority: TemporaryFile, _ more: String...)
        async throws -> CurlResult
    {
        try await Curl.run(["--cacert", authority.path] + more + ["https://\(kubelet.address)\(path)"])
    }

    @Test(
        "A body arrives as it is served, gzip or not, chunked or with a length", arguments: [1_000, 100_000, 4_000_000])
    func bodies(bytes: Int) async throws {
        try await withKubelet(corpus: .generated(bytes: bytes)) { kubelet, authority in
            for path in MetricsCorpus.paths {
                let expected = try #require(kubelet.body(path))
                for framing in [KubeletBehaviour.Framing.automatic, .chunked(size: 1000), .contentLength, .untilClose] {
                    kubelet.behaviour.framing = framing
                    let plain = try await get(kubelet, path, trusting: authority)
                    #expect(plain.exitCode == 0 && plain.status == 200)
                    #expect(plain.body == expected.plain.joined)
                    let compressed = try await get(kubelet, path, trusting: authority, "-H", "Accept-Encoding: gzip")
                    #expect(compressed.body == expected.gzip.joined)
                    #expect(compressed.field("content-encoding") == "gzip")
                    let decoded = try await get(kubelet, path, trusting: authority, "--compressed")
                    #expect(decoded.body == expected.plain.joined)
                }
            }
        }
    }
}
