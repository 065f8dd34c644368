import Exposition
import Relabeling
import Testing

extension ExpositionVector {
    var rewriteFormat: ExpositionFormat { format.hasPrefix("text") ? .text : .openMetrics }
    var dialect: TextDialect { format.hasPrefix("text") ? .prometheus : .openMetrics }
}

extension TextDocument.Series {
    /// The value as the golden parses spell it: the bits of the double, and one NaN for all.
    var valueBits: String? {
        let words = suffix.split { $0 == " " || $0 == "\t" }
        guard let text = words.first, let value = Double(text.lowercased()) else { return nil }
        let bits = value.isNaN ? 0x7ff8_0000_0000_0001 : value.bitPattern
        let digits = String(bits, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}

/// Runs a body through a rewriter in pieces cut at `cuts`.
func rewrittenBody(
    _ body: [UInt8], _ format: ExpositionFormat, _ plan: RewritePlan, cuts: [Int] = []
) throws(RewriteError) -> [UInt8] {
    let rewriter = plan.rewriter(for: format)
    var output = OutputBytes()
    var start = 0
    for cut in cuts + [body.count] where cut > start {
        try rewriter.write(Array(body[start..<cut]), to: &output)
        start = cut
    }
    try rewriter.finish(to: &output)
    return output.copyArray()
}

@Suite("Text and OpenMetrics vectors", .enabled(if: Vectors.arePresent, "the test vectors are absent"))
struct TextVectorTests {
    /// Documents whose outcome differs from Prometheus' verdict, and why.
    static let exceptions: [String: String] = [:]

    static let identity = RewritePlan(RelabelRules([]).relabeler(owner: [:]))
    /// Rules that build every label set and find nothing to change.
    static let idleRules = Result {
        RewritePlan(
            RelabelRules([
                try RelabelConfig(sourceLabels: ["__name__", "le"], regex: "no such;name", targetLabel: "x"),
                try RelabelConfig(action: "drop", sourceLabels: ["a", "quantile"], regex: "no such;label"),
            ]).relabeler(owner: [:]))
    }
    /// A rule that adds a label to every series by way of its label set.
    static let labeled = Result {
        RewritePlan(
            RelabelRules([
                try RelabelConfig(
                    sourceLabels: ["__name__"], regex: ".*", targetLabel: "zz_stamp", replacement: "n\"1")
            ]).relabeler(owner: [:]))
    }
    static let stamped = Result {
        RewritePlan(
            RelabelRules([], stamps: [try Stamp(label: "zz_stamp", source: "__address__")])
                .relabeler(owner: ["__address__": "n\"1"]))
    }

    @Test(
        "what Prometheus accepts passes an identity rule byte for byte",
        arguments: ExpositionVector.text.filter(\.isAccepted))
    func acceptedPasses(vector: ExpositionVector) throws {
        let body = try vector.bytes()
        #expect(try rewrittenBody(body, vector.rewriteFormat, Self.identity) == body)
        #expect(try rewrittenBody(body, vector.rewriteFormat, try Self.idleRules.get()) == body)
    }

    @Test("what Prometheus refuses is refused", arguments: ExpositionVector.text.filter { !$0.isAccepted })
    func refusedThrows(vector: ExpositionVector) throws {
        let body = try vector.bytes()
        if body.isEmpty { return }  // complete in every format: spec 7.5 stands above the verdict
        #expect(throws: RewriteError.self) { try rewrittenBody(body, vector.rewriteFormat, Self.identity) }
        #expect(throws: RewriteError.self) { try rewrittenBody(body, vector.rewriteFormat, try Self.idleRules.get()) }
    }

    @Test(
        "with a stamp, the golden parse plus that label leaves",
        arguments: ExpositionVector.text.filter(\.isAccepted))
    func stampedEqualsGolden(vector: ExpositionVector) throws {
        try expectGolden(vector, Self.stamped.get())
        try expectGolden(vector, Self.labeled.get())
    }

    private func expectGolden(_ vector: ExpositionVector, _ plan: RewritePlan) throws {
        let body = try rewrittenBody(try vector.bytes(), vector.rewriteFormat, plan)
        let series = try TextDocument(body, vector.dialect).series
        let golden = try vector.golden().filter { $0.kind == "series" }
        try #require(series.count == golden.count)
        for (mine, theirs) in zip(series, golden) {
            let expected = (theirs.labels ?? []).map { [$0[0], $0[1]] } + [["zz_stamp", "n\"1"]]
            // A label without value counts as none. `le` and `quantile` keep their bytes (spec 7.6).
            let actual = mine.labels.filter { !$0.value.isEmpty }.map { [$0.name, $0.value] }
            #expect(Self.comparable(actual) == Self.comparable(expected))
            #expect(mine.valueBits == theirs.value?.bits)
        }
    }

    private static func comparable(_ labels: [[String]]) -> [[String]] {
        labels.map { label in
            let isNumber = label[0] == "le" || label[0] == "quantile"
            return [label[0], isNumber ? Double(label[1]).map { "\($0)" } ?? label[1] : label[1]]
        }
        .sorted { $0[0] < $1[0] }
    }

    @Test("pieces cut anywhere give the same bytes", arguments: ExpositionVector.text)
    func cutsAnywhere(vector: ExpositionVector) throws {
        for plan in [try Self.stamped.get(), try Self.labeled.get()] {
            try expectSameInPieces(vector, plan)
        }
    }

    private func expectSameInPieces(_ vector: ExpositionVector, _ plan: RewritePlan) throws {
        let body = try vector.bytes()
        let whole = Result { try rewrittenBody(body, vector.rewriteFormat, plan) }
        let step = body.count > 2048 ? body.count / 97 : 1
        for cut in stride(from: 0, through: body.count, by: max(step, 1)) {
            let cuts = Result { try rewrittenBody(body, vector.rewriteFormat, plan, cuts: [cut]) }
            #expect((try? cuts.get()) == (try? whole.get()), "cut at \(cut)")
        }
        let everywhere = Array(1..<max(body.count, 1))
        let single = Result { try rewrittenBody(body, vector.rewriteFormat, plan, cuts: everywhere) }
        #expect((try? single.get()) == (try? whole.get()), "byte by byte")
    }
}
