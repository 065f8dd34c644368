import Foundation

/// wrk, told what a scrape looks like.
struct LoadGenerator {
    static let concurrency = 8
    let bench: Bench
    let programs: Programs
    let core: Int

    /// Scrapes for so many seconds.
    func load(_ workload: Workload, through peer: Peer, seconds: Int) async throws -> LoadResult {
        let script = "wrk.lua"
        try bench.write(Self.script(ScrapeRequest(workload, through: peer, on: bench)), to: script)
        let outcome = try await ChildProcess.outcome(
            of: [
                programs.wrk, "--threads", "1", "--connections", "\(Self.concurrency)", "--duration", "\(seconds)s",
                "--timeout", "60s", "--script", bench.file(script),
                "http://\(bench.address(of: peer, for: workload))",
            ], on: core, in: programs, output: bench.file("wrk"))
        guard outcome.status == 0, let result = LoadResult(outcome.output) else {
            throw PeersError("wrk fails: \(outcome.complaint)")
        }
        return result
    }

    /// A path that is a whole URL makes wrk's request absolute-form.
    static func script(_ request: ScrapeRequest) -> String {
        let fields = request.fields.map { "[\"\($0.key)\"] = \"\($0.value)\"" }.joined(separator: ", ")
        return """
            local scrape
            function init(args)
               scrape = wrk.format("GET", "\(request.url)", {\(fields)})
            end
            function request() return scrape end
            function done(summary)
               local e = summary.errors
               io.write(string.format("\(LoadResult.mark) answers=%d bytes=%d connect=%d read=%d write=%d status=%d timeout=%d\\n",
                  summary.requests, summary.bytes, e.connect, e.read, e.write, e.status, e.timeout))
            end
            """
    }
}

/// What wrk counted.
struct LoadResult: Equatable {
    static let mark = "kubelet-load-test"
    /// Whole answers; those under way at the end are not among them.
    let answers: Int
    /// All bytes read, of heads as well, and of answers under way.
    let bytes: Int
    /// What went wrong and how often; nothing that is zero.
    let errors: [String: Int]

    /// Finds the line that the script's `done` writes between wrk's own.
    init?(_ output: String) {
        guard let line = output.split(separator: "\n").first(where: { $0.hasPrefix("\(Self.mark) ") }) else {
            return nil
        }
        var numbers: [String: Int] = [:]
        for field in line.split(separator: " ").dropFirst() {
            let pair = field.split(separator: "=")
            guard pair.count == 2, let number = Int(pair[1]) else { return nil }
            numbers[String(pair[0])] = number
        }
        guard let answers = numbers.removeValue(forKey: "answers"), let bytes = numbers.removeValue(forKey: "bytes")
        else { return nil }
        self.answers = answers
        self.bytes = bytes
        errors = numbers.filter { $0.value != 0 }
    }

    /// How many scrapes the work was: what the proxy did for answers that were cut at the end of the round counts too, or
    /// slow peers would look slower than they are.
    /// - Parameter answerBytes: of one whole answer.
    func scrapes(of answerBytes: Int) throws -> Double {
        guard errors.isEmpty else {
            let list = errors.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }.joined(separator: ", ")
            throw PeersError("errors under load: \(list)")
        }
        guard answers > 0 else { throw PeersError("no whole answer in a round: raise --seconds") }
        // Chunk sizes and the digits of dates come on top of what the check saw: a little more is right, less is not.
        guard bytes >= answers * answerBytes else { throw PeersError("short answers under load") }
        return Double(bytes) / Double(answerBytes)
    }
}
