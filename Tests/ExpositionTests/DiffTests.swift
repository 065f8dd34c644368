import Relabeling
import Testing

@testable import Exposition

@Suite("What rewriting changed, shown")
struct DiffTests {
    private static func plan() throws -> RewritePlan {
        let stamp = try Stamp(label: "node", source: "__meta_kubernetes_node_name")
        let rules = try [
            RelabelConfig(action: "drop", sourceLabels: ["pod"], regex: "x.*"),
            RelabelConfig(sourceLabels: ["same"], regex: "yes", targetLabel: "node", replacement: ""),
        ]
        let owner = ["__meta_kubernetes_node_name": "n1"]
        return RewritePlan(RelabelRules(rules, stamps: [stamp]).relabeler(owner: owner))
    }

    private func run(_ body: [UInt8], _ diff: ExpositionRewriter) throws -> String {
        var output = OutputBytes()
        try diff.write(body, to: &output)
        try diff.finish(to: &output)
        return String(decoding: output.copyArray(), as: UTF8.self)
    }

    @Test(
        "Lines that are gone and lines that are new, in order, and none that stayed",
        arguments: [
            ("", ""),
            ("up{same=\"yes\"} 1\n", ""),
            ("up 1\n", "-up 1\n+up{node=\"n1\"} 1\n"),
            ("up 1", "-up 1\n+up{node=\"n1\"} 1\n"),
            ("up{pod=\"x1\"} 1\n", "-up{pod=\"x1\"} 1\n"),
            (
                "# HELP a A.\n# TYPE a gauge\na{pod=\"x\"} 1\n# HELP b B.\nb{same=\"yes\"} 2\nb 3\n",
                "-# HELP a A.\n-# TYPE a gauge\n-a{pod=\"x\"} 1\n-b 3\n+b{node=\"n1\"} 3\n"
            ),
            ("a{v=\"1\n2\",same=\"yes\"} 1\na{pod=\"x\n\"} 1\n", "-a{pod=\"x\n-\"} 1\n"),
        ])
    func text(body: String, diff: String) throws {
        let rewriter = try Self.plan().rewriter(for: .text)
        #expect(try run(Array(body.utf8), ExpositionRewriter(TextDiff(of: rewriter))) == diff)
    }

    @Test("Protobuf metrics are shown as lines")
    func protobuf() throws {
        let body =
            ProtobufMessage.family(
                "g", type: 1, .gauge([("same", "yes")]), .gauge([("pod", "x")]), .gauge([("q", "\"\n")])
            )
            .delimited + ProtobufMessage.family("none", type: 1).delimited
            + ProtobufMessage.family("h", type: 4, .histogram(bounds: [1])).delimited
        let diff = try run(body, ExpositionRewriter(ProtobufDiff(of: Self.plan().protobufRewriter())))
        #expect(
            diff == """
                -g{pod="x"} gauge
                -g{q="\\"\\n"} gauge
                +g{q="\\"\\n",node="n1"} gauge
                -h histogram
                +h{node="n1"} histogram

                """)
    }

    @Test("A malformed body is refused as the rewriter refuses it")
    func malformed() throws {
        let plan = try Self.plan()
        #expect(throws: RewriteError.self) {
            try run(Array("up{ 1\n".utf8), ExpositionRewriter(TextDiff(of: plan.rewriter(for: .text))))
        }
        let family = ProtobufMessage.family("g", type: 1, .gauge()).delimited
        #expect(throws: RewriteError.self) {
            try run(family.dropLast(), ExpositionRewriter(ProtobufDiff(of: plan.protobufRewriter())))
        }
        #expect(throws: RewriteError.self) {
            try run(family + [5, 0x18], ExpositionRewriter(ProtobufDiff(of: plan.protobufRewriter())))
        }
    }
}
