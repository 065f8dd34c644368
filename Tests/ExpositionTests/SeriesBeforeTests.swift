import Exposition
import Testing

/// The lexer remembers how the series before began its labels, and takes the usual endings of a line at a stroke. Neither
/// may show: alone, near the end of the buffer, a line is read the slow way.
@Suite("A series and the one before")
struct SeriesBeforeTests {
    private static let labels = [
        "", "{}", "{b=\"c\"}", "{b=\"c\",container=\"d\",id=\"e\"}", "{b=\"\",container=\"\",id=\"\"}", "{b =\"c\"}",
        "{b= \"c\"}", "{ b=\"c\"}", "{b=\"c\" ,c=\"d\"}", "{b=\"c\", c=\"d\"}", "{b=\"c\",}", "{\"b\"=\"c\"}",
        "{\"b\"=\"c\",container=\"d\"}", "{bc=\"d\"}", "{container_id=\"d\"}", "{b=\"c\",b=\"d\"}", "{b=\"\",b=\"d\"}",
        "{c=\"d\",b=\"c\"}", "{b=c}", "{b}", "{b=\"c\"", "{b=\"c}", "{b=\"x\\\"y\"}", "{b=\"x\\\\\"}", "{b=\"x y!\"}",
        "{b=\"\u{e9}\"}", "{b=\"\u{1}\"}", "{b=\"x\ny\"}", "{__name__=\"x\"}", "{abcdefghijklm=\"x\"}",
        "{abcdefghijklmn=\"x\"}", "{abcdefghijklmno=\"x\"}", "{abcdefghijklmnop=\"x\"}",
        "{b=\"\(String(repeating: "long ", count: 30))\"}",
        "{" + (100..<140).map { "l\($0)=\"v\"" }.joined(separator: ",") + "}",
    ]
    private static let endings = [
        " 1", "  1", "\t1", "1", " 1.", " .5", " .", " 1.5", " 123456789012345", " 1234567890123456",
        " 12345678901234567", " 1.123456789012345", " 1.1234567890123456", " 1.12345678901234567", " 1e5",
        " 1.5e+06 17", " +1", " -1", " NaN", " 1 ", " 1 17", " 1.5 17", " 1. 17", " 1  17", " 1 17 ", " 1\t17",
        " 1 123456789012345", " 1 1234567890123456", " 1 123456789012345678", " 1 99999999999999999999", " 1x",
        " 1 17x", " 1 1.5", " 1 -5", " 1 17 18", " ", "",
    ]
    private static let lines =
        labels.map { "a\($0) 1\n" } + endings.map { "a{b=\"c\"}\($0)\n" } + ["{\"a\",b=\"c\"} 1\n"]
    private static let tail = "# HELP tail \(String(repeating: "tail ", count: 20))\n"

    @Test("a line is read alike, whatever comes before it", arguments: [TextDialect.prometheus, .openMetrics])
    func anyOrder(dialect: TextDialect) throws {
        let plan = try plan(stamps: [("node", "n")])
        let alone = Self.lines.map { Self.outcome($0, dialect, plan) }
        #expect(alone.contains(nil) && alone.count { $0 != nil } > 20)
        for (first, before) in zip(Self.lines, alone) {
            guard let before else { continue }
            for (line, outcome) in zip(Self.lines, alone) {
                let both = Self.outcome(first + line + Self.tail, dialect, plan)
                let expected = outcome.map { before + $0 + Self.tail }
                #expect(both == expected, "\(line) behind \(first)")
            }
        }
    }

    /// What a body comes to; nil if it is refused.
    private static func outcome(_ lines: String, _ dialect: TextDialect, _ plan: RewritePlan) -> String? {
        let end = dialect == .openMetrics ? "# EOF\n" : ""
        let format: ExpositionFormat = dialect == .openMetrics ? .openMetrics : .text
        guard let body = try? rewrittenBody(Array((lines + end).utf8), format, plan) else { return nil }
        return String(String(decoding: body, as: UTF8.self).dropLast(end.count))
    }
}
