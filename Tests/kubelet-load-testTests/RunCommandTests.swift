import Foundation
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
