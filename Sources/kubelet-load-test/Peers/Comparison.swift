import Foundation

/// The programs while they run, and the rounds in which they take turns.
struct Comparison {
    private let bench: Bench
    private let check: AnswerCheck
    private let load: LoadGenerator
    private let upstream: ChildProcess
    private let nginx: ChildProcess
    private let haproxy: ChildProcess
    private let passingProxy: ChildProcess
    private let stampingProxy: ChildProcess
    private let relabelingProxy: ChildProcess

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
        nginx = try start("nginx", bench.nginxConfiguration, cores.proxy, nginxCommand)
        haproxy = try start("haproxy", bench.haproxyConfiguration, cores.proxy, [programs.haproxy, "-db", "-f"])
        let proxy = { (name: String, work: Work) in
            try start(name, bench.proxyConfiguration(for: work), cores.proxy, [programs.proxy, "serve", "--config"])
        }
        passingProxy = try proxy("kubelet-relabel-proxy", .passThrough)
        stampingProxy = try proxy("kubelet-relabel-proxy-stamping", .stamp)
        relabelingProxy = try proxy("kubelet-relabel-proxy-relabeling", .tenRules)
    }

    /// Waits until all answer. What answers but wrongly is found in its cell.
    private func settle() async throws {
        let first = [
            Workload(work: .passThrough, body: .kilobyte), Workload(work: .stamp, body: .text),
            Workload(work: .tenRules, body: .text),
        ]
        for workload in first {
            for peer in workload.peers {
                for _ in 0..<100 {
                    if (try? await check.wholeAnswer(workload, through: peer)) != nil { break }
                    for child in [upstream, process(of: peer, for: workload.work)] where !child.isRunning {
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
        for peer in workload.peers {
            do { answerBytes[peer] = try await check.wholeAnswer(workload, through: peer) } catch let error
                as PeersError
            {
                cell.failures[peer] = error.description
            }
        }
        for _ in 0..<rounds {
            for (peer, bytes) in answerBytes.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
                do {
                    let figure = try await microseconds(workload, through: peer, answerBytes: bytes, seconds: seconds)
                    cell.microseconds[peer, default: []].append(figure)
                } catch let error as PeersError { cell.failures[peer] = error.description }
                try Task.checkCancellation()
            }
        }
        return cell
    }

    private func microseconds(
        _ workload: Workload, through peer: Peer, answerBytes: Int, seconds: Int
    ) async throws -> Double {
        let clock = CPUClock(of: process(of: peer, for: workload.work).id)
        let before = try clock.nanoseconds()
        let scrapes =
            if workload.work == .tunnel {
                try await TunnelLoad(load).scrape(workload, through: peer, seconds: seconds)
            } else {
                try await load.load(workload, through: peer, seconds: seconds).scrapes(of: answerBytes)
            }
        let spent = try clock.nanoseconds() - before
        return Double(spent) / 1000 / scrapes
    }

    private func process(of peer: Peer, for work: Work) -> ChildProcess {
        switch peer {
        case .nginx: nginx
        case .haproxy: haproxy
        case .proxy:
            switch work {
            case .passThrough, .tunnel: passingProxy
            case .stamp, .stampGzip: stampingProxy
            case .tenRules: relabelingProxy
            }
        }
    }

    func stop() async { for child in children { await child.stop() } }

    private var children: [ChildProcess] { [passingProxy, stampingProxy, relabelingProxy, nginx, haproxy, upstream] }
}
