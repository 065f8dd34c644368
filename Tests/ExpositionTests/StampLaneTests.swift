import Relabeling
import Testing

@testable import Exposition

@Suite("The stamp lane")
struct StampLaneTests {
    /// What is left of a body, or why it was cut.
    private enum Outcome: Equatable {
        case text([TextDocument.Series], comments: [String], RewriteCounts)
        case protobuf([ProtobufDocument.Family], RewriteCounts)
        case cut(RewriteError, RewriteCounts)
    }

    // MARK: - Compared with the rules

    @Test("comes to what the rules come to, whatever the lines", arguments: 0..<300)
    func lines(seed: Int) throws {
        var random = RandomBody(seed: seed)
        let relabeler = try random.relabeler()
        #expect(relabeler.traits.isStampsOnly)
        let dialect: TextDialect = random.oneIn(2) ? .prometheus : .openMetrics
        let body = Array(random.lines(dialect).utf8)
        let chunk = random.pick([7, 100, body.count])
        let expected = try outcome(body, dialect, RewritePlan(relabeler, takesStampLane: false), chunk: body.count)
        let received = try outcome(body, dialect, RewritePlan(relabeler), chunk: chunk)
        #expect(received == expected, "\(String(decoding: body, as: UTF8.self))")
    }

    @Test("comes to what the rules come to, whatever the families", arguments: 0..<300)
    func families(seed: Int) throws {
        var random = RandomBody(seed: seed)
        let relabeler = try random.relabeler()
        guard !relabeler.traits.tellsPartsApart else { return }
        let body = random.families()
        let expected = try outcome(body, RewritePlan(relabeler, takesStampLane: false))
        let received = try outcome(body, RewritePlan(relabeler))
        #expect(received == expected)
    }

    /// Lines with their labels sorted and without empty ones, in which the lanes need not agree.
    private func outcome(
        _ body: [UInt8], _ dialect: TextDialect, _ plan: RewritePlan, chunk: Int
    ) throws -> Outcome {
        let rewriter = plan.rewriter(for: dialect == .openMetrics ? .openMetrics : .text)
        var output = OutputBytes()
        do throws(RewriteError) {
            for start in stride(from: 0, to: body.count, by: chunk) {
                try rewriter.write(Array(body[start...].prefix(chunk)), to: &output)
            }
            try rewriter.finish(to: &output)
        } catch {
            var counts = rewriter.counts
            (counts.bytesIn, counts.bytesOut) = (0, 0)
            return .cut(error, counts)
        }
        let document = try TextDocument(output.copyArray(), dialect)
        let series = document.series.map { series in
            var copy = series
            copy.labels = series.labels.filter { !$0.value.isEmpty }.sorted { $0.name < $1.name }
            copy.suffix = String(series.suffix.drop { $0 == " " })
            return copy
        }
        var counts = rewriter.counts
        counts.bytesOut = 0
        return .text(series, comments: document.comments, counts)
    }

    private func outcome(_ body: [UInt8], _ plan: RewritePlan) throws -> Outcome {
        let (body, counts) = try rewriteProtobuf(body, with: plan)
        return .protobuf(try ProtobufDocument(body).families, counts)
    }

    // MARK: - What it writes

    @Test("takes constant rules, which write where stamps do")
    func constant() throws {
        let rule = try RelabelConfig(targetLabel: "c", replacement: "k")
        let body = try RewriteCase("", "a{x=\"1\"} 1\nb 2\n", "").rewritten(plan([rule]))
        #expect(body == "a{c=\"k\",x=\"1\"} 1\nb{c=\"k\"} 2\n")
    }

    @Test("takes stamps with honor_labels")
    func honored() throws {
        let honoring = try plan(stamps: [("node", "n")], honorsLabels: true)
        #expect(
            try RewriteCase("", "a{x=\"1\"} 1\nb{x=\"1\",node=\"\"} 2\n", "").rewritten(honoring)
                == "a{node=\"n\",x=\"1\"} 1\nb{x=\"1\",node=\"n\"} 2\n")
    }

    @Test("takes series with a label that only shares the bit of a constant one")
    func bits() throws {
        let bit = LabelBits.of(LabelBits.word(of: Array("x".utf8)))
        let other = (0...).lazy.map { "c\($0)" }.first { LabelBits.of(LabelBits.word(of: Array($0.utf8))) == bit } ?? ""
        let plan = try plan([RelabelConfig(targetLabel: other, replacement: "k")])
        #expect(plan.stamps.interest == bit)
        let body = try RewriteCase("", "a{x=\"1\"} 1\n", "").rewritten(plan)
        #expect(body == "a{\(other)=\"k\",x=\"1\"} 1\n")
    }

    @Test("leaves series with labels that rules look at to the rules")
    func reserved() throws {
        let rule = try RelabelConfig(targetLabel: "__tmp", replacement: "k")
        #expect(try RewriteCase("", "a{__tmp=\"1\"} 1\na 2\n", "").rewritten(plan([rule])) == "a{__tmp=\"k\"} 1\na 2\n")
    }

    @Test("writes a protobuf metric's stamps behind its labels, and all else as it stands")
    func protobuf() throws {
        typealias Message = ProtobufMessage
        let value = Message().message(2, Message().double(1, 5)).varint(99, 7)
        let body = Message.family("g", type: 1, value, value.adding(Message.labels([("a", "b")]).bytes)).delimited
        let stamp = Message.labels([("node", "n1")]).bytes
        let stamped = Message().adding(stamp + value.bytes)
        let behind = value.adding(Message.labels([("a", "b")]).bytes + stamp)
        #expect(
            try rewriteProtobuf(body, with: stamping("node", "n1")).body
                == Message.family("g", type: 1, stamped, behind).delimited)
    }

    // MARK: - Collisions

    @Test(
        "finds series made equal to one that went through the rules, whichever comes first",
        arguments: [
            ("a{x=\"1\",y=\"2\"} 1\na{y=\"2\",c=\"v\",x=\"1\"} 2\n", "a{c=\"k\",x=\"1\",y=\"2\"} 1\n", 1),
            ("a{c=\"v\",x=\"1\"} 1\na{x=\"1\"} 2\n", "a{c=\"k\",x=\"1\"} 1\n", 1),
            ("a{x=\"\",y=\"1\"} 1\na{c=\"v\",y=\"1\"} 2\n", "a{c=\"k\",x=\"\",y=\"1\"} 1\n", 1),
            ("a{y=\"\\\"\"} 1\na{c=\"v\",\"y\"=\"\\\"\"} 2\n", "a{c=\"k\",y=\"\\\"\"} 1\n", 1),
            ("a 1\na 2\na{c=\"v\"} 3\na{c=\"v\"} 4\n", "a{c=\"k\"} 1\na{c=\"k\"} 2\n", 1),
            ("a{c=\"v\"} 1\na 2\na 3\na{c=\"k\"} 4\n", "a{c=\"k\"} 1\n", 2),
            (
                "# TYPE a histogram\na_bucket{le=\"1\"} 1\na_bucket{c=\"v\",le=\"1.0\"} 2\n",
                "# TYPE a histogram\na_bucket{c=\"k\",le=\"1\"} 1\n", 1
            ),
        ])
    func collisions(body: String, expected: String, collisions: Int) throws {
        let rule = try RelabelConfig(targetLabel: "c", replacement: "k")
        let rewriter = try plan([rule]).rewriter(for: .text)
        var output = OutputBytes()
        try rewriter.write(Array(body.utf8), to: &output)
        try rewriter.finish(to: &output)
        #expect(String(decoding: output.copyArray(), as: UTF8.self) == expected)
        #expect(rewriter.counts.collisions == collisions)
    }

    @Test("the table finds stamped series that it had put by")
    func table() {
        var table = CollisionTable()
        for key in UInt64(1)...1000 { #expect(table.admitStamped(key, adding: 5000) == .first) }
        #expect(table.admit(input: 9000, output: 5007) == .collision)
        #expect(table.admit(input: 9000, output: 5007) == .repeatedCollision)
        for key in UInt64(1)...1000 { #expect(table.admitStamped(key, adding: 5000) == .repeated) }
        #expect(table.admit(input: 9001, output: 9001) == .first)
        #expect(table.admitStamped(4001, adding: 5000) == .collision)
    }
}
