import FakeCluster
import Foundation
import Testing

@Suite("The command `rewrite`")
struct RewriteCommandTests {
    private static let configuration = """
        stamp: {node: __meta_kubernetes_node_name, zone: __meta_kubernetes_node_label_topology_kubernetes_io_zone}
        metric_relabel_configs:
        - {source_labels: [__name__], regex: "go_threads", action: drop}
        - {source_labels: [__metrics_path__, verb], regex: "/metrics/slis;(.*)", target_label: verb, replacement: "slis $1"}

        """

    private static let nodes = """
        apiVersion: v1
        kind: Node
        metadata: {name: node-a, uid: uid-a, labels: {topology.kubernetes.io/zone: zone-1}}
        status:
          addresses: [{type: InternalIP, address: 10.0.0.5}]
          conditions: [{type: Ready, status: "True"}]
          daemonEndpoints: {kubeletEndpoint: {Port: 10250}}

        """

    private static let body = """
        # HELP go_threads Threads.
        # TYPE go_threads gauge
        go_threads 7
        # HELP requests_total Requests.
        # TYPE requests_total counter
        requests_total{verb="get"} 1.50 1795478176275
        up  1

        """

    private static let ofNode = ["--nodes-file", "nodes.yaml", "--node", "node-a"]

    private func rewrite(
        _ arguments: [String] = [], _ input: some DataProtocol = Data(body.utf8),
        configuration: String = configuration
    ) async throws -> RunCommand {
        try await RunCommand(
            ["rewrite", "--config", "config.yaml"] + arguments, input: input,
            files: ["config.yaml": configuration, "nodes.yaml": Self.nodes])
    }

    @Test("stamps with the labels of the node named, and applies the rules")
    func text() async throws {
        let run = try await rewrite(Self.ofNode)
        #expect(run.status == 0 && run.errors.isEmpty)
        #expect(
            run.text == """
                # HELP requests_total Requests.
                # TYPE requests_total counter
                requests_total{verb="get",node="node-a",zone="zone-1"} 1.50 1795478176275
                up{node="node-a",zone="zone-1"}  1

                """)
    }

    @Test("has nothing to stamp without a node")
    func withoutNode() async throws {
        let run = try await rewrite(["--path", "/metrics/slis"])
        #expect(run.status == 0)
        #expect(run.text.contains("requests_total{verb=\"slis get\"} 1.50 1795478176275\n"))
        #expect(run.text.hasSuffix("\nup{verb=\"slis \"}  1\n"))
    }

    @Test("shows what changes instead of the body")
    func diff() async throws {
        let run = try await rewrite(["--diff", "--path", "/metrics/slis"])
        #expect(run.status == 0)
        #expect(
            run.text == """
                -# HELP go_threads Threads.
                -# TYPE go_threads gauge
                -go_threads 7
                -requests_total{verb="get"} 1.50 1795478176275
                -up  1
                +requests_total{verb="slis get"} 1.50 1795478176275
                +up{verb="slis "}  1

                """)
    }

    @Test("takes gzip and gives gzip; the difference is to be read")
    func gzip() async throws {
        let gzip = try await RunCommand(URL(filePath: "/bin/gzip"), ["-c"], input: Data(Self.body.utf8)).output
        let run = try await rewrite(Self.ofNode + ["--content-encoding", "gzip"], gzip)
        #expect(run.status == 0)
        let plain = try await RunCommand(URL(filePath: "/bin/gzip"), ["-dc"], input: run.output)
        #expect(plain.status == 0)
        #expect(plain.output == (try await rewrite(Self.ofNode)).output)
        let diff = try await rewrite(Self.ofNode + ["--content-encoding", "gzip", "--diff"], gzip)
        #expect(diff.text.hasPrefix("-# HELP go_threads Threads.\n"))
        let cut = try await rewrite(["--content-encoding", "gzip"], gzip.dropLast(9))
        #expect(cut.status == 1 && cut.errors.contains("gzip"))
        #expect(try await RunCommand(URL(filePath: "/bin/gzip"), ["-t"], input: cut.output).status != 0)
    }

    // MARK: Protobuf

    private static let protobufType =
        "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited"

    @Test("takes protobuf and gives protobuf")
    func protobuf() async throws {
        let label = Protobuf.field(1, Protobuf.field(1, "verb") + Protobuf.field(2, "get"))
        let stamps = [("node", "node-a"), ("zone", "zone-1")].flatMap { name, value in
            Protobuf.field(1, Protobuf.field(1, name) + Protobuf.field(2, value))
        }
        let body =
            Protobuf.gauge("go_threads", metric: []) + Protobuf.gauge("in_flight", metric: label)
            + Protobuf.gauge("up", metric: [])
        let run = try await rewrite(Self.ofNode + ["--content-type", Self.protobufType], body)
        #expect(run.status == 0, "\(run.errors)")
        let expected = Protobuf.gauge("in_flight", metric: label + stamps) + Protobuf.gauge("up", metric: stamps)
        #expect([UInt8](run.output) == expected)
        let diff = try await rewrite(["--diff", "--content-type", Self.protobufType], body)
        #expect(diff.text == "-go_threads gauge\n")
    }

    @Test("refuses protobuf where a rule could tell the parts of a histogram apart")
    func parts() async throws {
        let rule = "metric_relabel_configs: [{source_labels: [__name__], regex: .*_bucket, action: drop}]\n"
        let body = Protobuf.gauge("up", metric: [])
        let run = try await rewrite(["--content-type", Self.protobufType], body, configuration: rule)
        #expect(run.status == 1 && run.output.isEmpty)
        #expect(run.errors.contains("_bucket") && run.errors.contains("text"))
    }

    // MARK: What can't be rewritten

    @Test(
        "says what is wrong and exits 1, with an output that is empty or ends inside a line",
        arguments: [
            (["--content-type", "application/json"], "up 1\n", "application/json"),
            (["--content-type", ""], "up 1\n", "no format"),
            ([], "up 1\n{broken\n", "line 2"),
            ([], "up 1\nup{a=\"b\"} 1\nup{a=\"b} 1\n", "line 3"),
            (["--content-type", "application/openmetrics-text; version=1.0.0"], "up 1\n", "EOF"),
            (["--content-type", protobufType], "up 1\n", "byte 0"),
            (["--content-encoding", "gzip"], "up 1\n", "gzip"),
            (["--node", "ghost", "--nodes-file", "nodes.yaml"], "up 1\n", "has no node ghost"),
            (["--node", "node-a"], "up 1\n", "--nodes-file"),
            (["--node", "node-a", "--nodes-file", "absent.yaml"], "up 1\n", "absent.yaml"),
            (["--diff"], "up 1\n{broken\n", "line 2"),
        ])
    func refused(arguments: [String], input: String, error: String) async throws {
        let run = try await rewrite(arguments, Data(input.utf8))
        #expect(run.status == 1)
        let endsALine = run.output.last == UInt8(ascii: "\n")
        #expect(!endsALine || arguments == ["--diff"])
        #expect(run.errors.contains(error), "\(run.errors)")
        let lines = run.errors.split(separator: "\n")
        #expect(lines.count == 1, "\(run.errors)")
    }

    @Test("stops at the limits of the configuration")
    func limits() async throws {
        let run = try await rewrite(configuration: "limits: {sample_limit: 2}\n")
        #expect(run.status == 1 && run.output.last != UInt8(ascii: "\n"))
        #expect(run.errors.contains("sample_limit"), "\(run.errors)")
    }

    @Test("streams a long body; what breaks at its end ends inside a line")
    func long() async throws {
        let lines = (0..<200_000).map { "requests_total{code=\"\($0)\"} \($0)\n" }.joined()
        let good = try await rewrite(Self.ofNode, Data(lines.utf8))
        #expect(good.status == 0)
        #expect(good.text == lines.replacing("\"} ", with: "\",node=\"node-a\",zone=\"zone-1\"} "))
        let bad = try await rewrite(Self.ofNode, Data((lines + "oh no\n").utf8))
        #expect(bad.status == 1 && bad.errors.contains("line 200001"), "\(bad.errors)")
        #expect(good.output.starts(with: bad.output) && bad.output.last != UInt8(ascii: "\n"))
        #expect(!bad.output.isEmpty)
    }

    @Test(
        "takes an empty body as whole",
        arguments: [
            [], ["--content-type", protobufType], ["--content-type", "application/openmetrics-text"], ["--diff"],
        ])
    func empty(arguments: [String]) async throws {
        let run = try await rewrite(arguments, Data())
        #expect(run.status == 0 && run.output.isEmpty, "\(run.errors)")
    }

    @Test(
        "exits 2 where it is called wrongly",
        arguments: [
            ["rewrite"], ["rewrite", "--config", "config.yaml", "--nodes-file", "nodes.yaml"],
            ["rewrite", "--config", "config.yaml", "--content-encoding", "zstd"],
            ["rewrite", "--config", "config.yaml", "body"], ["rewrite", "--config", "config.yaml", "--frobnicate"],
        ])
    func usage(arguments: [String]) async throws {
        let run = try await RunCommand(
            arguments, input: Data(Self.body.utf8),
            files: ["config.yaml": Self.configuration, "nodes.yaml": Self.nodes])
        #expect(run.status == 2 && run.output.isEmpty && !run.errors.isEmpty)
    }
}
