import Exposition
import Relabeling
import Testing

@Suite("HELP, TYPE and UNIT under rules")
struct MetadataTests {
    static let drop = Result {
        [
            try RelabelConfig(action: "drop", sourceLabels: ["__name__"], regex: "gone.*"),
            try RelabelConfig(action: "drop", sourceLabels: ["x"], regex: "gone"),
            try RelabelConfig(
                sourceLabels: ["__name__"], regex: "old(.*)", targetLabel: "__name__", replacement: "new$1"),
        ]
    }

    @Test(
        "of a family",
        arguments: [
            RewriteCase(
                "go when its every series is dropped",
                "# HELP gone h\n# TYPE gone counter\ngone 1\n# TYPE b gauge\nb 1\n",
                "# TYPE b gauge\nb 1\n"),
            RewriteCase(
                "stay when one series is left", "# TYPE a gauge\na{x=\"gone\"} 1\na 2\n", "# TYPE a gauge\na 2\n"),
            RewriteCase(
                "stay when it had none", "# HELP a h\n# TYPE gone gauge\nb 1\n", "# HELP a h\n# TYPE gone gauge\nb 1\n"),
            RewriteCase("go when it was renamed", "# TYPE old gauge\nold 1\n", "new 1\n"),
            RewriteCase(
                "are those of all its parts",
                "# TYPE h histogram\nh_bucket{le=\"1\",x=\"gone\"} 1\nh_sum 2\n# TYPE gone_h histogram\ngone_h_bucket{le=\"1\"} 1\n",
                "# TYPE h histogram\nh_sum 2\n"),
            RewriteCase(
                "do not wait for parts that their type does not have", "# TYPE a gauge\na_sum{x=\"gone\"} 1\n",
                "# TYPE a gauge\n"),
            RewriteCase(
                "are found before and behind the series", "gone 1\n# HELP gone h\nb 1\n# TYPE b gauge\n",
                "b 1\n# TYPE b gauge\n"),
            RewriteCase(
                "keep their place when its survivors come late",
                "# TYPE a gauge\na{x=\"gone\"} 1\nb 2\na 3\n", "# TYPE a gauge\nb 2\na 3\n"),
            RewriteCase(
                "keep their place when all metadata stands first",
                "# TYPE a gauge\n# TYPE gone gauge\n# TYPE c gauge\nc 1\ngone 2\na 3\n",
                "# TYPE a gauge\n# TYPE c gauge\nc 1\na 3\n"),
            RewriteCase("leave other comments", "# TYPE gone gauge\n# note\ngone 1\n", "# note\n"),
            RewriteCase("are found by quoted names", "# TYPE \"gone.b\" gauge\n{\"gone.b\"} 1\n", ""),
            RewriteCase("go with the last line that has no line feed", "a 1\n# TYPE gone gauge\ngone 1", "a 1\n"),
            RewriteCase("end a body without a line feed", "a 1\n# TYPE b gauge", "a 1\n# TYPE b gauge"),
            RewriteCase(
                "of OpenMetrics, UNIT too",
                "# TYPE gone_seconds counter\n# UNIT gone_seconds seconds\ngone_seconds_total 1\n"
                    + "gone_seconds_created 1\n# TYPE b info\nb_info 1\n# EOF\n",
                "# TYPE b info\nb_info 1\n# EOF\n", .openMetrics),
        ])
    func families(example: RewriteCase) throws {
        #expect(try example.rewritten(plan(Self.drop.get())) == example.outcome)
    }

    @Test("in a body longer than what is held back, go and stay all the same where families stand together")
    func longBody() throws {
        var body = ""
        var outcome = ""
        for family in 0..<3000 {
            let isDropped = family % 3 == 0
            let name = isDropped ? "gone_\(family)" : "family_\(family)"
            let metadata = "# HELP \(name) Some words of help.\n# TYPE \(name) gauge\n"
            let series = (0..<3).map { "\(name){a=\"\($0)\"} 1\n" }.joined()
            body += metadata + series
            if !isDropped { outcome += metadata + series }
        }
        let bytes = Array(body.utf8)
        for size in [bytes.count, 1 << 16, 1000] {
            let cuts = Array(stride(from: size, to: bytes.count, by: size))
            let rewritten = try rewrittenBody(bytes, .text, plan(Self.drop.get()), cuts: cuts)
            #expect(rewritten == Array(outcome.utf8))
        }
    }
}
