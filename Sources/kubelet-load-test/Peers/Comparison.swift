import Foundation

/// The programs while they run, and the rounds in which they take turns.
struct Comparison {
    private let bench: Bench
    private let check: AnswerCheck
    private let load: LoadGenerator
    private let upstream: ChildProcess
    /// Of all who take part.
    private var processes: [Peer: PeerProcesses] = [:]

    static func start(_ bench: Bench, _ programs: Programs, _ cores: Cores) async throws -> Comparison {
        // Kubelets compress at level 6, too.
        let compression = try await ChildProcess.outcome(
            of: [programs.gzip, "-6", "-c", bench.file(.text)], in: programs, output: bench.file(.gzipText))
        guard compression.status == 0 else { throw PeersError("gzip fails: \(compression.complaint)") }
        let comparison = try Comparison(bench, programs, cores)
        do { try await comparison.settle() } catch {
            await comparison.stop()
            throw error
        }
        return comparison
    }

    private init(_ bench: Bench, _ programs: Programs, _ cores: Cores) throws {
        self.bench = bench
        check = AnswerCheck(bench: bench, programs: programs)
        load = LoadGenerator(bench: bench, programs: programs, core: cores.load)
        let start = { (name: String, configuration: String, core: Int, command: [String]) in
            try bench.write(configuration, to: "\(name).conf")
            return try ChildProcess(
                command + [bench.file("\(name).conf")], on: core, in: programs, output: bench.file("\(name).log"))
        }
        let nginxCommand = [programs.nginx, "-e", "stderr", "-p", bench.directory, "-c"]
        upstream = try start("upstream", bench.upstreamConfiguration, cores.load, nginxCommand)
        processes[.nginx] = .one(try start("nginx", bench.nginxConfiguration, cores.proxy, nginxCommand))
        processes[.haproxy] = .one(
            try start("haproxy", bench.haproxyConfiguration, cores.proxy, [programs.haproxy, "-db", "-f"]))
        if let squid = programs.squid {
            processes[.squid] = .one(try start("squid", bench.squidConfiguration, cores.proxy, [squid, "-N", "-f"]))
        }
        for (peer, program) in [(Peer.proxy, programs.proxy), (.beside, programs.beside)] {
            guard let program else { continue }
            let serve = { (name: String, work: Work) in
                let configuration = bench.proxyConfiguration(for: work, of: peer)
                return try start("\(peer)\(name)", configuration, cores.proxy, [program, "serve", "--config"])
            }
            processes[peer] = .three(
                passing: try serve("", .passThrough), stamping: try serve("-stamping", .stamp),
                relabeling: try serve("-relabeling", .tenRules))
        }
    }

    /// Who takes part in a cell.
    private func peers(of workload: Workload) -> [Peer] { workload.peers.filter { processes[$0] != nil } }

    /// Waits until all answer. What answers but wrongly is found in its cell.
    private func settle() async throws {
        let first = [
            Workload(work: .passThrough, body: .kilobyte), Workload(work: .stamp, body: .text),
            Workload(work: .tenRules, body: .text),
        ]
        for workload in first {
            for peer in peers(of: workload) {
                for _ in 0..<100 {
                    if (try? await check.wholeAnswer(workload, through: peer)) != nil { break }
                    for child in [upstream, processes[peer]?[workload.work]] {
                        guard let child, !child.isRunning else { continue }
                        throw PeersError("\(child.name) does not run: \(child.complaint)")
                    }
                    try await Task.sleep(for: .milliseconds(50))
                }
            }
        }
    }

    /// Lets the peers take turns at one workload.
    func measure(_ workload: Workload, rounds: Int, seconds: Int) async throws -> Cell {
        var cell = Cell(workload: workload, bodyBytes: bench.bytes(of: workload.plainBody))
        var answerBytes: [Peer: Int] = [:]
        for peer in peers(of: workload) {
            do { answerBytes[peer] = try await check.wholeAnswer(workload, through: peer) } catch let error
                as PeersError
            {
                cell.failures[peer] = error.description
            }
        }
        for _ in 0..<rounds {
            for (peer, bytes) in answerBytes.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
                do {
                    let cost = try await cost(of: workload, through: peer, answerBytes: bytes, seconds: seconds)
                    cell.microseconds[peer, default: []].append(cost.microseconds)
                    cell.residentBytes[peer] = cost.residentBytes
                } catch let error as PeersError { cell.failures[peer] = error.description }
                try Task.checkCancellation()
            }
        }
        return cell
    }

    private func cost(
        of workload: Workload, through peer: Peer, answerBytes: Int, seconds: Int
    ) async throws -> (microseconds: Double, residentBytes: Int) {
        guard let process = processes[peer]?[workload.work] else { throw PeersError("does not take part") }
        let clock = CPUClock(of: process.id)
        let before = try clock.nanoseconds()
        let scrapes =
            if workload.work == .tunnel {
                try await TunnelLoad(load).scrape(workload, through: peer, seconds: seconds)
            } else {
                try await load.load(workload, through: peer, seconds: seconds).scrapes(of: answerBytes)
            }
        let spent = try clock.nanoseconds() - before
        return (Double(spent) / 1000 / scrapes, clock.residentBytes())
    }

    func stop() async { for child in processes.values.flatMap(\.all) + [upstream] { await child.stop() } }
}

/// The processes of one peer.
private enum PeerProcesses {
    case one(ChildProcess)
    /// One for each configuration.
    case three(passing: ChildProcess, stamping: ChildProcess, relabeling: ChildProcess)

    var all: [ChildProcess] {
        switch self {
        case .one(let process): [process]
        case .three(let passing, let stamping, let relabeling): [passing, stamping, relabeling]
        }
    }

    /// The one that does this work.
    subscript(work: Work) -> ChildProcess {
        switch (self, work) {
        case (.one(let process), _): process
        case (.three(let passing, _, _), .passThrough), (.three(let passing, _, _), .tunnel): passing
        case (.three(_, let stamping, _), .stamp), (.three(_, let stamping, _), .stampGzip): stamping
        case (.three(_, _, let relabeling), .tenRules): relabeling
        }
    }
}
