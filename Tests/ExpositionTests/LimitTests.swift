import Exposition
import Relabeling
import Testing

@Suite("Limits, as Prometheus counts")
struct LimitTests {
    private func error(_ body: String, _ plan: RewritePlan, cuts: [Int] = []) -> RewriteError? {
        do throws(RewriteError) {
            _ = try rewrittenBody(Array(body.utf8), .text, plan, cuts: cuts)
            return nil
        } catch {
            return error
        }
    }

    @Test("a body of exactly body_size_limit is refused")
    func bodySize() throws {
        #expect(error("a 1\n", try plan(limits: RewriteLimits(bodySize: 5))) == nil)
        #expect(
            error("a 1\n", try plan(limits: RewriteLimits(bodySize: 4))) == .limit(.bodySize, reached: 4, allowed: 4))
    }

    @Test("sample_limit counts what leaves")
    func samples() throws {
        let limits = RewriteLimits(samples: 2)
        let drop = [try RelabelConfig(action: "drop", sourceLabels: ["__name__"], regex: "c")]
        #expect(error("a 1\nb 1\nc 1\n", try plan(drop, limits: limits)) == nil)
        #expect(error("a 1\nb 1\nc 1\n", try plan(limits: limits)) == .limit(.samples, reached: 3, allowed: 2))
        let merge = [try RelabelConfig(action: "labeldrop", regex: "id")]
        #expect(error("a{id=\"1\"} 1\na{id=\"2\"} 1\nb 1\n", try plan(merge, limits: limits)) == nil)
    }

    @Test("label_limit counts the name, and stamps, but no empty label")
    func labels() throws {
        let limits = RewriteLimits(labels: 3)
        #expect(error("a{b=\"1\",c=\"\"} 1\n", try plan(stamps: [("node", "n")], limits: limits)) == nil)
        #expect(
            error("a{b=\"1\",c=\"2\"} 1\n", try plan(stamps: [("node", "n")], limits: limits))
                == .limit(.labels, reached: 4, allowed: 3))
        let drop = [try RelabelConfig(action: "labeldrop", regex: "c")]
        #expect(error("a{b=\"1\",c=\"2\",d=\"3\"} 1\n", try plan(drop, limits: limits)) == nil)
        #expect(error("a{b=\"1\",d=\"2\",e=\"3\"} 1\n", try plan(drop, limits: limits)) != nil)
    }

    @Test("sample_length bounds a line without its line feed, in one piece or many")
    func sampleLength() throws {
        let limits = RewriteLimits(sampleLength: 20)
        let fits = "a{b=\"0123456789\"} 10\n"
        let tooLong = "a{b=\"0123456789\"} 100\n"
        for cuts in [[], Array(1..<fits.utf8.count)] {
            #expect(error(fits, try plan(limits: limits), cuts: cuts) == nil)
            #expect(error("c 1\n" + tooLong, try plan(limits: limits), cuts: cuts) != nil)
        }
        #expect(error(tooLong, try plan(limits: limits)) == .limit(.sampleLength, reached: 21, allowed: 20))
        #expect(error("a{b=\"" + String(repeating: "x\n", count: 100), try plan(limits: limits), cuts: [10]) != nil)
    }

    @Test("a comment longer than a sample may be passes in pieces")
    func longComment() throws {
        let limits = RewriteLimits(sampleLength: 64)
        let words = String(repeating: "wörds ", count: 100)
        for head in ["# ", "#", "# HELP a ", "\t# HELP \"a.b\" "] {
            let body = Array("c 1\n\(head)\(words)\nb 1\n".utf8)
            for size in [1, 7, 50, 1000] {
                let cuts = Array(stride(from: size, to: body.count, by: size))
                #expect(try rewrittenBody(body, .text, plan(limits: limits), cuts: cuts) == body)
            }
        }
        #expect(error("# TYPE a " + words + "\n", try plan(limits: limits), cuts: [100]) != nil)
    }

    @Test("a long HELP text must be UTF-8 to its end")
    func longInvalidHelp() throws {
        let body = Array("# HELP a ".utf8) + Array(repeating: 0x41, count: 500) + [0xFF] + Array("\nb 1\n".utf8)
        for cuts in [[], [100, 300], Array(1..<body.count)] {
            let error = #expect(throws: RewriteError.self) {
                try rewrittenBody(body, .text, plan(limits: RewriteLimits(sampleLength: 64)), cuts: cuts)
            }
            guard case .malformed(at: .line(1), excerpt: _, reason: _) = error else {
                Issue.record("\(error as Any)")
                continue
            }
        }
    }

    @Test("line feeds in a long value do not make small pieces slow")
    func manyLineFeeds() throws {
        let body = Array(("a{b=\"" + String(repeating: "\n", count: 100_000) + "\"} 1\nc 2\n").utf8)
        let cuts = Array(stride(from: 3, to: body.count, by: 3))
        #expect(try rewrittenBody(body, .text, plan(), cuts: cuts) == body)
    }
}
