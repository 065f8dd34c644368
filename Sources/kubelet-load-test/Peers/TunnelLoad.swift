import Foundation

/// curl in the place of wrk, which knows no CONNECT: eight connections side by side, each with one scrape after another.
struct TunnelLoad {
    private let bench: Bench
    private let programs: Programs
    private let core: Int

    init(_ load: LoadGenerator) {
        bench = load.bench
        programs = load.programs
        core = load.core
    }

    /// So many scrapes as take about so many seconds.
    ///
    /// - Returns: how many there were, all of them whole.
    func scrape(_ workload: Workload, through peer: Peer, seconds: Int) async throws -> Double {
        let count = seconds * Self.rate(of: workload.body)
        let request = ScrapeRequest(workload, through: peer, on: bench)
        let outcome = try await ChildProcess.outcome(
            of: [
                programs.curl, "--silent", "--show-error", "--http1.1", "--parallel", "--parallel-max",
                "\(LoadGenerator.concurrency)", "--max-time", "60", "--output", "/dev/null",
                "--write-out", "%{http_code} %{size_download}\\n",
            ] + request.curlOptions + request.fields.flatMap { ["-H", "\($0.key): \($0.value)"] }
                // A range in the URL: curl counts, and keeps its connections.
                + ["\(request.url)&scrape=[1-\(count)]"],
            on: core, in: programs, output: bench.file("curl"))
        guard outcome.status == 0 else { throw PeersError("curl fails: \(outcome.complaint)") }
        if let fault = Self.fault(in: outcome.output, count: count, bytes: bench.bytes(of: workload.plainBody)) {
            throw PeersError(fault)
        }
        return Double(count)
    }

    /// Scrapes a second, roughly: what matters is what each of them costs.
    private static func rate(of body: Body) -> Int {
        switch body {
        case .kilobyte: 2_000
        case .hundredKilobytes: 1_000
        case .fourMegabytes, .text, .gzipText: 50
        }
    }

    /// - Parameter output: a line for each scrape, with its status and the bytes of its body.
    static func fault(in output: String, count: Int, bytes: Int) -> String? {
        let lines = output.split(separator: "\n")
        guard lines.count == count else { return "\(lines.count) of \(count) answers under load" }
        return lines.first { $0 != "200 \(bytes)" }.map { "answers \($0) instead of 200 \(bytes) under load" }
    }
}
