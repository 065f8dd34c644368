import Testing

@testable import kubelet_load_test

@Suite("What is wrong with an answer")
struct AnswerFaultTests {
    static let original = """
        # HELP a {braces}
        # TYPE a gauge
        a{id="1",pod="p"} 1
        a{id="2",pod="q"} 2
        up 1

        """

    private static let moved = #"node="node-a",metrics_path="/metrics""#

    @Test(
        "faults of each kind of work",
        arguments: [
            (.passThrough, original, nil), (.passThrough, original + "b 1\n", "changes the body"),
            (.stamp, original, "stamps 0 of 2 series"),
            (.stamp, original.replacing("{id", with: "{node=\"node-a\",id"), nil),
            (.stamp, original.replacing("{id=\"1\"", with: "{id=\"1\",node=\"node-a\""), "stamps 1 of 2 series"),
            (.stampGzip, "a{node=\"node-a\"} 1\n", "makes 1 of 3 series"),
            (.tenRules, "a{pod=\"p\",\(moved)} 1\n", nil), (.tenRules, "", "drops everything"),
            (.tenRules, "a{pod=\"p\",\(moved)} 1\nup 1\n", "leaves series without new labels"),
            (.tenRules, "a{id=\"1\",\(moved)} 1\n", "keeps labels that a rule drops"),
        ] as [(Work, String, String?)])
    func faults(work: Work, answer: String, fault: String?) {
        #expect(AnswerFault.of(Array(answer.utf8), made: work, from: Array(Self.original.utf8)) == fault)
    }
}

@Suite("Bodies")
struct BodiesTests {
    @Test("a short text is repeated to 4 MB, and rewriters get whole lines of it")
    func repeated() throws {
        let source = Array("a{b=\"c\"} 1\nlonger{b=\"c\"} 12345\n".utf8)
        let bodies = try Bodies(of: source)
        #expect(bodies.bytes(of: .kilobyte).count == 1024)
        #expect(bodies.bytes(of: .hundredKilobytes).count == 102_400)
        #expect(bodies.bytes(of: .fourMegabytes).count == 4_194_304)
        let text = bodies.bytes(of: .text)
        #expect(text.last == UInt8(ascii: "\n"))
        #expect((4_194_304 - source.count...4_194_304).contains(text.count))
        #expect(text.starts(with: source + source))
    }

    @Test("what is no text with labels is refused", arguments: ["", "a 1\n", "a{b=\"c\"} 1"])
    func refused(text: String) { #expect(throws: PeersError.self) { try Bodies(of: Array(text.utf8)) } }

    @Test("the generated body fills 4 MB without repeating a series")
    func generated() throws {
        let text = Array(try Bodies(recordedIn: nil).bytes(of: .text))
        let series = text.split(separator: UInt8(ascii: "\n")).filter { $0.first != UInt8(ascii: "#") }
            .map { $0.prefix { $0 != UInt8(ascii: "}") } }
        #expect(text.count > 4_190_000)
        #expect(Set(series).count == series.count)
    }
}

@Suite("Programs")
struct ProgramsTests {
    @Test("what is missing is told with its packages")
    func advice() {
        let advice = Programs.advice([("nginx", "nginx"), ("taskset", "util-linux")])
        #expect(advice == "missing: nginx, taskset. On Debian or Ubuntu: apt-get install nginx util-linux")
    }

    @Test("nginx' modules are read from what it says of itself")
    func modules() {
        let options = "nginx version: nginx/1.22.1\nconfigure arguments: --with-http_ssl_module --with-http_sub_module"
        #expect(Programs.missingModules(in: options) == ["http_gunzip_module", "http_addition_module"])
        #expect(
            Programs.missingModules(in: options + " --with-http_gunzip_module --with-http_addition_module").isEmpty)
        // A module that is loaded at run time is not there before somebody loads it.
        #expect(Programs.missingModules(in: "--with-http_sub_module=dynamic").contains("http_sub_module"))
    }
}
