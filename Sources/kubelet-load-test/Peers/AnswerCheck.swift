import FakeCluster
import Foundation

/// Looks once at what a peer answers, before any figure is taken.
struct AnswerCheck {
    let bench: Bench
    let programs: Programs

    /// - Returns: the bytes of one answer, head and body as they come over the wire.
    func wholeAnswer(_ workload: Workload, through peer: Peer) async throws -> Int {
        let request = ScrapeRequest(workload, through: peer, on: bench)
        let (head, body) = (bench.file("answer.head"), bench.file("answer.body"))
        let outcome = try await ChildProcess.outcome(
            of: [programs.curl, "-sS", "--max-time", "60", "-D", head, "-o", body]
                + request.curlOptions + request.fields.flatMap { ["-H", "\($0.key): \($0.value)"] } + [request.url],
            in: programs, output: bench.file("curl"))
        guard outcome.status == 0 else { throw PeersError(outcome.complaint) }
        let fields = String(decoding: FileManager.default.contents(atPath: head) ?? Data(), as: UTF8.self)
        let bytes = FileManager.default.contents(atPath: body) ?? Data()
        let lines = fields.split(separator: "\r\n")
        guard let status = lines.first, status.split(separator: " ").dropFirst().first == "200" else {
            throw PeersError("answers \(lines.first ?? "nothing")")
        }
        let isGzip = lines.contains { $0.lowercased() == "content-encoding: gzip" }
        guard isGzip == (workload.body == .gzipText) else {
            throw PeersError(isGzip ? "compresses what was not asked for" : "does not compress")
        }
        try await check(isGzip ? decompressed(body) : Array(bytes), workload, peer)
        return fields.utf8.count + bytes.count
    }

    private func decompressed(_ file: String) async throws -> [UInt8] {
        let text = bench.file("answer.text")
        let outcome = try await ChildProcess.outcome(
            of: [programs.gzip, "-dc", "--force", file], in: programs, output: text)
        guard outcome.status == 0 else { throw PeersError("its gzip is broken: \(outcome.complaint)") }
        return Array(FileManager.default.contents(atPath: text) ?? Data())
    }

    private func check(_ answer: [UInt8], _ workload: Workload, _ peer: Peer) async throws {
        let original = FileManager.default.contents(atPath: bench.file(workload.plainBody))
        let fault = AnswerFault.of(answer, made: workload.work(of: peer), from: Array(original ?? Data()))
        if let fault { throw PeersError(fault) }
    }
}

/// What is wrong with an answer.
enum AnswerFault {
    static func of(_ answer: [UInt8], made work: Work, from original: [UInt8]) -> String? {
        if work == .passThrough || work == .tunnel { return answer == original ? nil : "changes the body" }
        let (before, after) = (SeriesText(original), SeriesText(answer))
        let stamped = after.series(with: "node=\"\(Bench.node)\"")
        switch work {
        case .passThrough, .tunnel: return nil
        case .stamp, .stampGzip:
            guard after.series == before.series else { return "makes \(after.series) of \(before.series) series" }
            return stamped >= before.labelledSeries ? nil : "stamps \(stamped) of \(before.labelledSeries) series"
        case .tenRules:
            guard after.series > 0 else { return "drops everything" }
            let moved = after.series(with: "metrics_path=\"/metrics\"")
            guard stamped == after.series, moved == after.series else { return "leaves series without new labels" }
            return after.series(with: "id=\"") == 0 ? nil : "keeps labels that a rule drops"
        }
    }
}
