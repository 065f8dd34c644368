import Addressing
import EventLoop
import Foundation
import Glibc
import Testing

@testable import kubelet_load_test

/// Runs the built program as a user would, on a small fleet and for seconds.
@Suite("kubelet-load-test run", .serialized)
struct RunCommandTests {
    struct Finished {
        let status: Int32
        let outcomes: [ScenarioOutcome]
        let complaint: String
    }

    /// Beside the test bundle lie the products of the same build.
    static let program = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
        .appending(path: "kubelet-load-test").path

    static func run(_ arguments: String...) async throws -> Finished {
        let folder = URL.temporaryDirectory.appending(path: "run-test-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let json = folder.appending(path: "run.json").path
        let child = try await ChildProcess.outcome(
            of: [Self.program, "run"] + arguments + ["--json", json],
            output: folder.appending(path: "out").path)
        return Finished(
            status: child.status, outcomes: (try? RunFiles.outcomes(in: json)) ?? [], complaint: child.complaint)
    }

    @Test("every scenario passes through the proxy")
    func all() async throws {
        let run = try await Self.run("--targets", "10", "--interval", "1s", "--duration", "8s", "--scenario", "all")
        #expect(run.status == 0, "\(run.complaint)")
        #expect(run.outcomes.map(\.scenario) == ScenarioName.all.map(\.rawValue))
        for outcome in run.outcomes {
            #expect(outcome.violations == [])
            #expect(outcome.samples > 0)
            #expect((outcome.proxy?.cpuSeconds ?? 0) > 0)
            #expect((outcome.proxy?.rssBytes ?? 0) > 1_000_000)
        }
    }

    @Test("each target is scraped once an interval, no more and no less, and so the same seed gives the same scrapes")
    func counts() async throws {
        let run = try await Self.run("--targets", "20", "--interval", "1s", "--duration", "4s", "--scenario", "steady")
        #expect(run.status == 0, "\(run.complaint)")
        #expect(run.outcomes.map(\.scrapes) == [20 * RunSettings.paths.count * 4])
    }

    @Test("without a proxy a reused address doubles samples under a wrong name, and the run says so")
    func withoutProxy() async throws {
        let run = try await Self.run(
            "--targets", "10", "--interval", "1s", "--duration", "8s", "--scenario", "ip-reuse", "--no-proxy")
        #expect(run.status == 1, "\(run.complaint)")
        let outcome = try #require(run.outcomes.first)
        #expect(outcome.wrongIdentitySamples > 0)
        #expect(outcome.doubledSamples > 0)
        #expect(outcome.lostScrapes == 0)
        #expect(outcome.violations.contains { $0.hasPrefix("wrong identity: ") })
    }

    @Test("a proxy that nobody started is an error before the run")
    func noProxyThere() async throws {
        let run = try await Self.run("--targets", "3", "--scenario", "steady", "--proxy", "http://127.0.0.1:1")
        #expect(run.status == 2)
        #expect(run.complaint.contains("nobody answers"))
    }

    @Test("too few open files are an error before the run, which tells the limit and the remedy")
    func fewFiles() async throws {
        let folder = try Folder()
        let child = try await ChildProcess.outcome(
            of: ["/bin/sh", "-c", "ulimit -n 400 && exec \"$0\" run --scenario steady --targets 200", Self.program],
            output: folder.file("out"))
        #expect(child.status == 2)
        #expect(
            child.complaint
                == "error: 200 targets need 750 open files, and the limit is 400: raise it (ulimit -n) or play fewer")
    }

    @Test("a run that runs out of open files is an error, which tells the limit and the remedy")
    func filesRunOut() async throws {
        let folder = try Folder()
        let script = "ulimit -n 400 && exec \"$0\" run --scenario steady --targets 2 --duration 10m --no-proxy"
        let harness = try ChildProcess(["/bin/sh", "-c", script, Self.program], output: folder.file("out"))
        let kubelet = SocketAddress(IPAddress(v4: 0x7f00_0001 | UInt32(16 + harness.id % 200) << 16), port: 10250)
        let first = try #require(try await eventually { try? SilentConnection(to: kubelet) }, "\(harness.complaint)")
        // Others hold connections that say nothing.
        let crowd = [first] + (0..<400).compactMap { _ in try? SilentConnection(to: kubelet) }
        #expect(try await eventually { harness.isRunning ? nil : true } == true)
        #expect(crowd.count > 300)
        #expect(
            harness.complaint.contains(
                "the fake kubelets can't accept connections (accept: Too many open files): 2 targets and their scrapes need "
                    + "more open files than the limit of 400: raise it (ulimit -n) or play fewer"))
    }

    @Test(
        "usage errors exit 2",
        arguments: [
            ["--scenario", "nonsense"], ["--targets", "0"], ["--interval", "soon"],
            ["--interval", "10s", "--duration", "20s"], ["--no-proxy", "--proxy", "http://127.0.0.1:1"],
            ["--no-proxy", "--config", "x.yaml"], ["--config", "/nowhere/x.yaml"],
        ])
    func usage(arguments: [String]) async throws {
        let folder = URL.temporaryDirectory.appending(path: "run-usage-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let child = try await ChildProcess.outcome(
            of: [Self.program, "run"] + arguments,
            output: folder.appending(path: "out").path)
        #expect(child.status == 2, "\(child.complaint)")
    }
}

/// A connection on which nothing is said.
private final class SilentConnection {
    private let descriptor: Int32

    init(to address: SocketAddress) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0, unsafe address.withSockaddr({ unsafe connect(descriptor, $0, $1) }) == 0 else {
            throw SocketError(errno, during: .socket)
        }
    }

    deinit { close(descriptor) }
}
