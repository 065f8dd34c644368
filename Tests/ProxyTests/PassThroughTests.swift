import FakeCluster
import Foundation
import Testing

/// With nothing to change, the bytes that leave are those that came (spec 7.1).
@Suite("What a real kubelet answered", .enabled(if: RecordedVectors.arePresent, "the recorded answers are absent"))
struct PassThroughTests {
    private static let protobuf =
        "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited"

    @Test(
        "passes byte for byte, from every endpoint, in either format, gzip or not",
        arguments: ["node-a", "node-big"])
    func everyEndpoint(recording: String) async throws {
        let corpus = try MetricsCorpus.recorded(
            in: RecordedVectors.path("kubelet/\(recording)"), servesProtobuf: true)
        try await ProxiedKubelet.run(corpus: corpus) { (proxied) async throws in
            for path in MetricsCorpus.paths {
                for accept in ["text/plain;version=0.0.4", Self.protobuf] {
                    for coding in ["identity", "gzip"] {
                        let fields = ["-H", "Accept: \(accept)", "-H", "Accept-Encoding: \(coding)"]
                        let direct = try await Answer.fetch(
                            ["-k", "https://\(proxied.kubelet.address)\(path)"] + fields)
                        let passed = try await proxied.proxy.scrape(
                            proxied.target(path), fields[0], fields[1], fields[2], fields[3])
                        #expect(direct.status == 200 && !direct.body.isEmpty, "\(path)")
                        #expect(passed.status == 200 && passed.exitCode == 0, "\(path)")
                        // Not the arrays themselves: a difference in 4 MB is not to be printed.
                        let isSame = passed.body == direct.body
                        #expect(isSame, "\(path), \(accept), \(coding)")
                        for name in ["content-type", "content-encoding"] {
                            #expect(passed.field(name) == direct.field(name), "\(path)")
                        }
                    }
                }
            }
        }
    }
}
