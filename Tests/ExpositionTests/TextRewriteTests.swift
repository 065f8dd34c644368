import Exposition
import Relabeling
import Testing

/// A plan of rules and of stamps with the values they get.
func plan(
    _ rules: [RelabelConfig] = [], stamps: [(label: String, value: String)] = [], honorsLabels: Bool = false,
    limits: RewriteLimits = .none
) throws -> RewritePlan {
    var owner: [String: String] = [:]
    let stamps = try stamps.map { stamp in
        let source = "__meta_kubernetes_node_label_\(stamp.label)"
        owner[source] = stamp.value
        return try Stamp(label: stamp.label, source: source)
    }
    return RewritePlan(
        RelabelRules(rules, stamps: stamps, honorsLabels: honorsLabels).relabeler(owner: owner), limits: limits)
}

/// A body, what becomes of it, and why: the sentence that the test shows.
struct RewriteCase: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let body: String
    let outcome: String
    var dialect = TextDialect.prometheus

    init(_ sentence: String, _ body: String, _ outcome: String, _ dialect: TextDialect = .prometheus) {
        testDescription = sentence
        self.body = body
        self.outcome = outcome
        self.dialect = dialect
    }

    func rewritten(_ plan: RewritePlan) throws -> String {
        let format: ExpositionFormat = dialect == .openMetrics ? .openMetrics : .text
        let whole = try rewrittenBody(Array(body.utf8), format, plan)
        for cut in 1..<max(body.utf8.count, 1) {
            #expect(try rewrittenBody(Array(body.utf8), format, plan, cuts: [cut]) == whole, "cut at \(cut)")
        }
        return String(decoding: whole, as: UTF8.self)
    }
}

@Suite("Rewriting lines")
struct TextRewriteTests {
    @Test(
        "a stamp",
        arguments: [
            RewriteCase("brings braces where there are none", "up 1\n", "up{node=\"n\"} 1\n"),
            RewriteCase("goes into empty braces", "up{} 1 17\n", "up{node=\"n\"} 1 17\n"),
            RewriteCase("goes before other labels", "up{a=\"b\",} 1\n", "up{node=\"n\",a=\"b\",} 1\n"),
            RewriteCase("leaves blanks alone", "up { a = \"b\" } 1\n", "up {node=\"n\", a = \"b\" } 1\n"),
            RewriteCase("goes behind a quoted name", "{\"u.p\"} 1\n", "{\"u.p\",node=\"n\"} 1\n"),
            RewriteCase(
                "fits a quoted name behind labels", "{a=\"b\",\"u.p\"} 1\n", "{a=\"b\",\"u.p\",node=\"n\"} 1\n"),
            RewriteCase("needs no blank before the value", "up{}1\nup+2\n", "up{node=\"n\"}1\nup{node=\"n\"}+2\n"),
            RewriteCase(
                "leaves a raw line feed alone", "a{b=\"x\ny\"} 1\nc 2\n",
                "a{node=\"n\",b=\"x\ny\"} 1\nc{node=\"n\"} 2\n"),
            RewriteCase(
                "leaves comments alone", "# TYPE a gauge\n# b\n\na 1\n", "# TYPE a gauge\n# b\n\na{node=\"n\"} 1\n"),
            RewriteCase("does without a last line feed", "a 1\nb 2", "a{node=\"n\"} 1\nb{node=\"n\"} 2"),
            RewriteCase(
                "keeps exemplars", "a_total 1 # {t=\"x\"} 2\n# EOF\n", "a_total{node=\"n\"} 1 # {t=\"x\"} 2\n# EOF\n",
                .openMetrics),
            RewriteCase("needs no line feed behind EOF", "a 1 2.5\n# EOF", "a{node=\"n\"} 1 2.5\n# EOF", .openMetrics),
            RewriteCase(
                "keeps what was there under another name", "a{node=\"x\"} 1\n", "a{node=\"n\",exported_node=\"x\"} 1\n"),
            RewriteCase(
                "repeats the prefix until it is free", "a{b=\"1\",exported_node=\"y\",node=\"x\"} 1\n",
                "a{b=\"1\",exported_node=\"y\",node=\"n\",exported_exported_node=\"x\"} 1\n"),
            RewriteCase("takes an empty label as none", "a{node=\"\",b=\"c\"} 1\n", "a{node=\"n\",b=\"c\"} 1\n"),
            RewriteCase("of a quoted label", "a{\"node\"=\"x\"} 1\n", "a{node=\"n\",exported_node=\"x\"} 1\n"),
        ])
    func stamping(example: RewriteCase) throws {
        #expect(try example.rewritten(plan(stamps: [("node", "n")])) == example.outcome)
    }

    @Test("a stamp with honor_labels leaves an existing label as it is")
    func honored() throws {
        let body = RewriteCase("", "a{node=\"x\"} 1\nb{node=\"\"} 2\nc 3\n", "")
        let outcome = try body.rewritten(plan(stamps: [("node", "n")], honorsLabels: true))
        #expect(outcome == "a{node=\"x\"} 1\nb{node=\"n\"} 2\nc{node=\"n\"} 3\n")
    }

    @Test("stamps are escaped, and quoted where their name needs it")
    func escapedStamps() throws {
        let body = RewriteCase("", "a 1\nb{c=\"d\"} 2\n", "")
        let outcome = try body.rewritten(plan(stamps: [("no.de", "q\"\\\n"), ("b", "ü")]))
        #expect(outcome.contains("\"no.de\"=\"q\\\"\\\\\\n\""))
        #expect(outcome.contains("b=\"ü\""))
        #expect(try TextDocument(Array(outcome.utf8), .prometheus).series.count == 2)
    }

    @Test(
        "a rule that changes a series",
        arguments: [
            RewriteCase(
                "keeps labels in their order and adds behind", "a{x=\"1\",y=\"2\"} 1\n",
                "a{x=\"1\",y=\"2\",z=\"a\"} 1\n"),
            RewriteCase("gives braces to a bare name", "a 1\n", "a{z=\"a\"} 1\n"),
            RewriteCase("keeps escapes of what stays", "a{x=\"\\\\ \\x\"} 1\n", "a{x=\"\\\\ \\x\",z=\"a\"} 1\n"),
            RewriteCase("drops empty labels", "a{x=\"\",y=\"2\"} 1\n", "a{y=\"2\",z=\"a\"} 1\n"),
            RewriteCase(
                "puts a quoted name first", "{x=\"1\",\"a.b\",y=\"2\"} 1\n", "{\"a.b\",x=\"1\",y=\"2\",z=\"a.b\"} 1\n"),
            RewriteCase("unquotes a name that needs none", "{\"a\",x=\"1\"}1\n", "a{x=\"1\",z=\"a\"}1\n"),
            RewriteCase("escapes what it copies", "{\"a\\\"\\n\"} 1\n", "{\"a\\\"\\n\",z=\"a\\\"\\n\"} 1\n"),
            RewriteCase(
                "takes blanks before a name as part of it, as Prometheus does", " a 1\n", "{\" a\",z=\" a\"} 1\n"),
        ])
    func changing(example: RewriteCase) throws {
        let rule = try RelabelConfig(sourceLabels: ["__name__"], targetLabel: "z")
        #expect(try example.rewritten(plan([rule])) == example.outcome)
    }

    @Test("a renamed series loses its braces with its last label")
    func renamed() throws {
        let rules = [
            try RelabelConfig(sourceLabels: ["__name__"], regex: "a", targetLabel: "__name__", replacement: "b"),
            try RelabelConfig(action: "labeldrop", regex: "x"),
        ]
        let body = RewriteCase("", "a{x=\"1\"} 1\n{\"a\"}2\n{\"a\",y=\"1\"}3\n", "")
        // The second is made equal to the first, and the first had a label more: a collision.
        #expect(try body.rewritten(plan(rules)) == "b 1\nb{y=\"1\"}3\n")
    }

    @Test(
        "le and quantile",
        arguments: [
            RewriteCase(
                "are 1.0 to rules where the type says so",
                "# TYPE a histogram\na_bucket{le=\"1\"} 1\n# TYPE b gauge\nb{le=\"1\"} 1\n# TYPE c summary\nc{quantile=\"1\"} 2\n",
                "# TYPE a histogram\na_bucket{le=\"1\",z=\"1.0\"} 1\n# TYPE b gauge\nb{le=\"1\",z=\"1\"} 1\n"
                    + "# TYPE c summary\nc{quantile=\"1\",z=\"1.0\"} 2\n"),
            RewriteCase(
                "stay what they are if they are no number", "# TYPE a histogram\na_bucket{le=\"one\"} 1\n",
                "# TYPE a histogram\na_bucket{le=\"one\",z=\"one\"} 1\n"),
        ])
    func numbers(example: RewriteCase) throws {
        let rule = try RelabelConfig(sourceLabels: ["le", "quantile"], separator: "", targetLabel: "z")
        #expect(try example.rewritten(plan([rule])) == example.outcome)
    }

    @Test(
        "a body that is not what it says is cut before the line, which is named",
        arguments: [
            ("a 1\nb{c=\"x\ny\"} 2\nd{\"} 3\ne 4\n", 4, "d{\\\"} 3"),
            ("# TYPE a gauge\n# TYPE b nonsense\n", 2, "# TYPE b nonsense"),
            ("a 1\na{b=\"1\",b=\"2\"} 1\n", 2, "a{b=\\\"1\\\",b=\\\"2\\\"} 1"),
            ("a 1\n\u{1B}[31m\n", 2, "\\u{1B}[31m"),
            ("a 1\nb{c=\"", 2, "b{c=\\\""),
        ])
    func malformed(body: String, line: Int, excerpt: String) throws {
        let rewriter = try plan(stamps: [("node", "n")]).rewriter(for: .text)
        var output = OutputBytes()
        let error = #expect(throws: RewriteError.self) {
            try rewriter.write(Array(body.utf8), to: &output)
            try rewriter.finish(to: &output)
        }
        guard case .malformed(let position, let found, _)? = error else {
            Issue.record("\(error as Any)")
            return
        }
        #expect(position == .line(line))
        #expect(found == excerpt)
        #expect(!String(decoding: output.copyArray(), as: UTF8.self).contains("3"))
        let again = #expect(throws: RewriteError.self) { try rewriter.write([], to: &output) }
        #expect(again == error)
    }

    @Test("text ends without complaint at a null byte between samples, where Prometheus stops reading")
    func nullByte() throws {
        let body = RewriteCase("", "a 1\n\0b{\nc 3", "")
        #expect(try body.rewritten(plan(stamps: [("node", "n")])) == "a{node=\"n\"} 1\n\0b{\nc 3")
    }

    @Test("a body of no bytes is complete in either format")
    func noBytes() throws {
        #expect(try rewrittenBody([], .openMetrics, plan()) == [])
        #expect(try rewrittenBody([], .text, plan()) == [])
    }

    @Test("a plan reads each format with its own lexer: this is protobuf, and neither of the line formats")
    func formats() throws {
        // MetricFamily { name: "a", type: gauge, metric { gauge { value: 0 } } }, with its length in front.
        let family: [UInt8] = [
            0x12, 0x0A, 0x01, 0x61, 0x18, 0x01, 0x22, 0x0B, 0x12, 0x09, 0x09, 0, 0, 0, 0, 0, 0, 0, 0,
        ]
        #expect(try rewrittenBody(family, .protobuf, plan()) == family)
        #expect(throws: RewriteError.self) { try rewrittenBody(family, .text, plan()) }
        #expect(throws: RewriteError.self) { try rewrittenBody(family, .openMetrics, plan()) }
    }

    @Test(
        "OpenMetrics without EOF, or with more behind it, is refused",
        arguments: ["a 1\n", "# EOF\na 1\n", "# EOF\n\n", "\n"])
    func endOfOpenMetrics(body: String) throws {
        let bytes = Array(body.utf8)
        for cut in 0..<bytes.count {
            #expect(throws: RewriteError.self) { try rewrittenBody(bytes, .openMetrics, plan(), cuts: [cut]) }
        }
    }

    @Test(
        "the numbers of le and quantile are spelled as Go does",
        arguments: [
            ("1", "1.0"), ("0", "0.0"), ("-0", "0.0"), ("0.005", "0.005"), ("5e-05", "5e-05"), ("1e5", "100000.0"),
            ("1000000", "1e+06"), ("1048576", "1.048576e+06"), ("123456.75", "123456.75"), ("+Inf", "+Inf"),
            ("inf", "+Inf"),
            ("-Inf", "-Inf"), ("nan", "NaN"), ("1e300", "1e+300"), ("0.0001", "0.0001"), ("0.00001", "1e-05"),
            ("1e-7", "1e-07"),
            (".5", "0.5"), ("10.50", "10.5"), ("0x1", "0x1"), ("1_0", "1_0"), ("1e400", "1e400"),
            ("12345678901234567890", "1.2345678901234567e+19"),
        ])
    func numberSpelling(raw: String, spelled: String) throws {
        let rule = try RelabelConfig(sourceLabels: ["le"], targetLabel: "z")
        let body = Array("# TYPE a histogram\na_bucket{le=\"\(raw)\"} 1\n".utf8)
        let series = try TextDocument(rewrittenBody(body, .text, plan([rule])), .prometheus).series
        #expect(series.first?.labels.last?.value == spelled)
    }
}
