import ArgumentParser
import Foundation
import Glibc

/// `kubelet-load-test peers` (spec 15.3): the comparison of spec 14.
struct PeersCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "peers",
        abstract: "Measures the proxy beside nginx and HAProxy: CPU time for each scrape, as ratios.",
        discussion: """
            Runs Debian's nginx, haproxy and wrk, and squid where there is one, and installs none of them. vmagent scrapes \
            of its own accord, so no load can be sent through it. All of them listen on loopback addresses of \
            this run. Each proxy is pinned to one core, upstream and load generator to another; in each cell the proxies \
            take turns, and medians count. Scrapes come eight at a time over kept connections, with a bearer token of \
            1,000 bytes.

            Exit status: 0 if every cell was measured, whether goals are met or not; 2 if something could not run.
            """)

    @Option(help: "Rounds of each cell.")
    var rounds = 3

    @Option(help: "Seconds that a proxy is under load in each round.")
    var seconds = 2

    @Option(help: "Measure only these cells: \(WorkGroup.allCases.map(\.rawValue).joined(separator: ", ")).")
    var only: WorkGroup?

    @Option(help: "The kubelet-relabel-proxy to measure; else the one that lies beside this program, else on PATH.")
    var proxy: String?

    @Option(help: "Another build of the proxy, measured in the same rounds: did a change help?")
    var beside: String?

    @Option(help: "A recorded body (text 0.0.4), cut or repeated to 4 MB; else a generated one.")
    var body: String?

    @Option(help: "Write the figures to this file.")
    var json: String?

    func validate() throws {
        guard rounds > 0 else { throw ValidationError("--rounds must be at least 1") }
        guard seconds > 0 else { throw ValidationError("--seconds must be at least 1") }
    }

    func run() async throws {
        do {
            let report = try await interruptible { try await compare() }
            print(report.table)
            if let json { try put(report.json, to: json) }
            if report.hasFailures { throw ExitCode(2) }
        } catch let error as PeersError {
            Self.tell("error: \(error)")
            throw ExitCode(2)
        }
    }

    private func compare() async throws -> PeersReport {
        let programs = try await Programs.find(proxy: proxy, beside: beside)
        if programs.squid == nil { Self.tell("squid is not there and left out: apt-get install squid") }
        let cores = try Cores.ofThisProcess()
        let bodies = try Bodies(recordedIn: body)
        let bench = try Bench(bodies)
        defer { bench.remove() }
        let comparison = try await Comparison.start(bench, programs, cores)
        let cells: [Cell]
        do { cells = try await measure(in: comparison) } catch {
            await comparison.stop()
            throw error
        }
        await comparison.stop()
        return PeersReport(
            cells: cells, versions: await programs.versions(), cores: cores, rounds: rounds, seconds: seconds,
            bodySource: body ?? "generated")
    }

    private func measure(in comparison: Comparison) async throws -> [Cell] {
        var cells: [Cell] = []
        for workload in (only.map { [$0] } ?? WorkGroup.allCases).flatMap(\.workloads) {
            Self.tell("measuring \(workload)")
            cells.append(try await comparison.measure(workload, rounds: rounds, seconds: seconds))
        }
        return cells
    }

    private static func tell(_ line: String) {
        try? FileHandle.standardError.write(contentsOf: Data("\(line)\n".utf8))
    }

    /// SIGINT and SIGTERM end the work in good order: what was started is stopped, what was written is removed.
    private func interruptible(_ work: @escaping @Sendable () async throws -> PeersReport) async throws -> PeersReport {
        let interruption = TerminationSignal()
        let work = Task { try await work() }
        let watch = Task {
            await interruption.arrival()
            if !Task.isCancelled { work.cancel() }
        }
        defer { watch.cancel() }
        do { return try await work.value } catch is CancellationError { throw PeersError("interrupted") }
    }

    private func put(_ bytes: Data, to file: String) throws {
        do { try bytes.write(to: URL(filePath: file), options: .atomic) } catch {
            throw PeersError("can't write \(file): \(error.localizedDescription)")
        }
    }
}
