import FakeCluster
import Foundation
import Testing

/// Rewriting must not change what a scraper gets beyond what the rules say: the format that it would have got directly.
@Suite(
    "With the Accept of every version of Prometheus",
    .enabled(if: RecordedVectors.arePresent, "the recorded headers are absent"))
struct NegotiatedScrapeTests {
    private struct Header: Decodable {
        let versions: String
        let accept: String
    }

    private static let text = "# TYPE up gauge\nup 1\nup_bucket{le=\"1\"} 2\n"
    private static let protobuf = Protobuf.gauge("up", metric: [])
    private static let corpus = MetricsCorpus(
        ["/metrics": Array(text.utf8), "/metrics/slis": Array(text.utf8)], protobuf: ["/metrics": protobuf])

    private func compare(
        _ configuration: String, text: String = text, protobuf: [UInt8]? = protobuf
    ) async throws {
        let headers = try JSONDecoder().decode([Header].self, from: RecordedVectors.data("wire/accept_headers.json"))
        try #require(headers.count > 10)
        try await ProxiedKubelet.run(configuration, corpus: Self.corpus) { (proxied) async throws in
            var seen: Set<String> = []
            for header in headers {
                // Where protobuf can't be rewritten, the answer is that to a scraper which doesn't offer it.
                let others = header.accept.split(separator: ",").filter { !$0.contains("protobuf") }
                let offered = protobuf == nil ? others.joined(separator: ",") : header.accept
                let direct = try await Answer.fetch(
                    ["-k", "https://\(proxied.kubelet.address)/metrics", "-H", "Accept: \(offered)"])
                let type = try #require(direct.field("content-type"))
                seen.insert(String(type.prefix { $0 != ";" }))
                let expected = type.contains("protobuf") ? try #require(protobuf) : Array(text.utf8)
                for coding in ["gzip", "identity"] {
                    let answer = try await proxied.proxy.scrape(
                        proxied.target("/metrics"), "--compressed", "-H", "Accept: \(header.accept)",
                        "-H", "Accept-Encoding: \(coding)")
                    #expect(answer.status == 200 && answer.exitCode == 0, "\(header.versions)")
                    #expect(answer.field("content-type") == type, "\(header.versions)")
                    #expect(answer.field("content-encoding") == (coding == "gzip" ? "gzip" : nil))
                    #expect([UInt8](answer.body) == expected, "\(header.versions), \(coding): \(answer.text)")
                }
            }
            #expect(seen.count == (protobuf == nil ? 1 : 2))
        }
    }

    @Test("rules that change nothing leave type and bytes as in a direct scrape")
    func unchanged() async throws {
        try await compare("metric_relabel_configs: [{source_labels: [__name__], regex: absent, action: drop}]\n")
    }

    @Test("a stamp is all that differs")
    func stamped() async throws {
        let label = Protobuf.field(1, Protobuf.field(1, "owner") + Protobuf.field(2, "node-b"))
        try await compare(
            "stamp: {owner: __meta_kubernetes_node_name}\n",
            text: "# TYPE up gauge\nup{owner=\"node-b\"} 1\nup_bucket{owner=\"node-b\",le=\"1\"} 2\n",
            protobuf: Protobuf.gauge("up", metric: label))
    }

    @Test("rules for parts of histograms bring the text that a scraper without protobuf gets")
    func parts() async throws {
        try await compare(
            "metric_relabel_configs: [{source_labels: [__name__], regex: .*_bucket, action: drop}]\n",
            text: "# TYPE up gauge\nup 1\n", protobuf: nil)
    }
}
