import Exposition
import Relabeling
import Testing

@Suite("What fuzzers found")
struct FuzzerFindingsTests {
    @Test("what waits for the fate of a HELP line leaves before the null byte that ends the body")
    func heldAtNullByte() throws {
        let rule = try RelabelConfig(action: "drop", sourceLabels: ["__name__"], regex: "no such name")
        let body = Array("# HELP a Waits for a series.\nb 1\n\0c 2\n".utf8)
        for cuts in [[], Array(1..<body.count)] {
            #expect(try rewrittenBody(body, .text, plan([rule]), cuts: cuts) == body)
        }
    }

    @Test("a sample with a line feed in it is no longer for the samples behind it, however small the pieces")
    func samplesBehindLineFeed() throws {
        let body = Array(("a{b=\"x\ny\"} 1\n" + String(repeating: "c 123\n", count: 20)).utf8)
        for size in 1...body.count {
            let cuts = Array(stride(from: size, to: body.count, by: size))
            #expect(try rewrittenBody(body, .text, plan(limits: RewriteLimits(sampleLength: 20)), cuts: cuts) == body)
        }
    }

    @Test("a sample with a line feed in its name may be the last of OpenMetrics, wherever it is cut")
    func lineFeedBeforeEOF() throws {
        let body = Array("{\"a\(Self.word)\nb\"} 1\n# EOF\n".utf8)
        for cut in 1..<body.count {
            #expect(try rewrittenBody(body, .openMetrics, plan(), cuts: [cut]) == body, "cut at \(cut)")
        }
    }

    @Test(
        "a long HELP text begins behind one byte, whatever it is",
        arguments: [("# HELP a", "\n"), ("# HELP \"a\"", "\nb 1\n")])
    func separator(start: String, end: String) throws {
        let body = Array(start.utf8) + [0xFF] + Array((Self.word + end).utf8)
        for cut in 1..<body.count {
            let rewritten = try rewrittenBody(body, .text, plan(limits: RewriteLimits(sampleLength: 64)), cuts: [cut])
            #expect(rewritten == body, "cut at \(cut)")
        }
    }

    @Test(
        "a line longer than a sample may be is refused in whatever pieces it comes, where it has to be seen whole",
        arguments: [
            ("# TYPE a" + Self.word + " gauge\n", TextDialect.prometheus),
            ("# TYPE a" + Self.word + " gauge\n# EOF\n", .openMetrics),
            ("# HELP \"a" + Self.word + "\" Help.\n", .prometheus),
            ("# HELP \"a\nb\" " + Self.word + "\n", .prometheus),
            ("# HELP a" + Self.word + "  Help.\n# EOF\n", .openMetrics),
            ("#" + Self.blanks + "HELP a Help.\n", .prometheus),
            (Self.blanks + "\n", .prometheus),
        ])
    func longLines(body: String, dialect: TextDialect) throws {
        let bytes = Array(body.utf8)
        let format: ExpositionFormat = dialect == .openMetrics ? .openMetrics : .text
        let few = try plan(limits: RewriteLimits(sampleLength: 64))
        for cuts in [[], Array(1..<bytes.count)] + (1..<bytes.count).map({ [$0] }) {
            let error = #expect(throws: RewriteError.self) { try rewrittenBody(bytes, format, few, cuts: cuts) }
            guard case .limit(.sampleLength, _, allowed: 64) = error else {
                Issue.record("cut at \(cuts): \(error as Any)")
                continue
            }
        }
        #expect(try rewrittenBody(bytes, format, plan()) == bytes)
    }

    private static let word = String(repeating: "b", count: 70)
    private static let blanks = String(repeating: " ", count: 70)
}
