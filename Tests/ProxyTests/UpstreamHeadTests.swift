import Addressing
import Discovery
import Exposition
import HTTP
import Relabeling
import Settings
import Testing

@testable import Proxy

@Suite("The request that a kubelet gets")
struct UpstreamHeadTests {
    private func lines(
        _ target: String, _ fields: String, method: String = "GET", plan: RewritePlan? = nil,
        _ change: (inout ProxySettings) -> Void = { _ in }
    ) throws -> [String] {
        var settings = ProxySettings()
        change(&settings)
        let request = try Request(target, method: method, fields: fields, settings)
        var writer = HeadWriter()
        _ = UpstreamHead.write(
            request.head, try request.intent(), SocketAddress(IPAddress(v4: 0x0a00_0005), port: 10250),
            withAuthorization: ProxyConfiguration(settings).forwardsAuthorization, plan, with: &writer)
        return writer.lines
    }

    private func plan(_ regex: String) -> RewritePlan {
        let settings = try? ProxySettings(
            yaml: "metric_relabel_configs: [{source_labels: [__name__], regex: \(regex), action: drop}]", file: "")
        let rules = RelabelRules(settings?.metricRelabelConfigs ?? [], stamps: [], honorsLabels: false)
        return RewritePlan(rules.relabeler(owner: [:]))
    }

    @Test("names the kubelet's address and the path, without the claim")
    func line() throws {
        #expect(
            try lines("http://node-a:10250/metrics/cadvisor?x=1&node=node-a&node_uid=u", "", method: "HEAD") == [
                "HEAD /metrics/cadvisor?x=1 HTTP/1.1", "Host: 10.0.0.5:10250",
            ])
    }

    @Test("carries the scraper's fields as they came, but not those of its own connection or of the proxy")
    func fields() throws {
        let fields = [
            "User-Agent: Prometheus/3.12.0", "accept: text/plain;q=0.5", "Accept-Encoding: zstd", "x-Odd:  spaced  ",
            "X-Prometheus-Scrape-Timeout-Seconds: 10", "Connection: X-Mine, keep-alive", "x-mine: 1", "Keep-Alive: 5",
            "Proxy-Connection: keep-alive", "Proxy-Authorization: Basic c2VjcmV0", "TE: trailers", "Trailer: X",
            "Content-Length: 0", "Expect: 100-continue", "X-Kubelet-Relabel-Proxy-Verdict: forward; reason=owner",
        ]
        #expect(
            try lines("http://10.0.0.5:10250/metrics", fields.map { $0 + "\r\n" }.joined()) == [
                "GET /metrics HTTP/1.1", "Host: 10.0.0.5:10250", "User-Agent: Prometheus/3.12.0",
                "accept: text/plain;q=0.5", "Accept-Encoding: zstd", "x-Odd: spaced",
                "X-Prometheus-Scrape-Timeout-Seconds: 10",
            ])
    }

    @Test("carries the scraper's token where authorization is forward, and nowhere else", arguments: [true, false])
    func authorization(forwards: Bool) throws {
        let lines = try lines("http://10.0.0.5:10250/metrics", "Authorization: Bearer t\r\n") {
            $0.upstream.authorization = forwards ? .forward : .none
        }
        #expect(lines.contains("Authorization: Bearer t") == forwards)
    }

    @Test("carries through the API server what kubelets read, and nothing that the API server acts on")
    func nodeProxy() throws {
        let fields = [
            "Authorization: Bearer scraper", "Impersonate-User: system:admin", "Impersonate-Group: system:masters",
            "X-Remote-User: admin", "Cookie: a=b", "User-Agent: Prometheus/3.12.0", "Accept: text/plain",
            "Accept-Encoding: gzip", "X-Prometheus-Scrape-Timeout-Seconds: 10", "If-None-Match: x",
        ]
        let request = try Request(
            "http://10.0.0.5:10250/metrics?x=1", fields: fields.map { $0 + "\r\n" }.joined(), ProxySettings())
        var writer = HeadWriter()
        _ = UpstreamHead.write(
            request.head, try request.intent(), SocketAddress(IPAddress(v4: 0x0a00_0005), port: 10250),
            withAuthorization: true, nil,
            through: UpstreamHead.NodeProxy(path: "/p/metrics", host: "api:6443", authorization: Secret("Bearer own")),
            with: &writer)
        #expect(
            writer.lines == [
                "GET /p/metrics?x=1 HTTP/1.1", "Host: api:6443", "User-Agent: kubelet-relabel-proxy",
                "Authorization: Bearer own", "Accept: text/plain", "Accept-Encoding: gzip",
                "X-Prometheus-Scrape-Timeout-Seconds: 10",
            ])
    }

    @Test(
        "asks for what can be rewritten where the answer is to be",
        arguments: [
            ("Accept: a/b\r\nAccept-Encoding: zstd, gzip\r\n", ["Accept: a/b", "Accept-Encoding: gzip"]),
            ("Accept-Encoding: zstd\r\n", ["Accept-Encoding: identity"]), ("", ["Accept-Encoding: identity"]),
            (
                "Accept: application/vnd.google.protobuf;encoding=delimited, text/plain\r\n",
                ["Accept: text/plain", "Accept-Encoding: identity"]
            ),
        ])
    func negotiation(fields: String, asked: [String]) throws {
        // A rule that tells the parts of a histogram apart can't be applied to protobuf (spec 7.6).
        let plan = plan("x_bucket")
        #expect(!plan.rewritesProtobuf)
        let lines = try lines("http://10.0.0.5:10250/metrics", fields, plan: plan)
        #expect(Array(lines.dropFirst(2)) == asked)
    }
}
