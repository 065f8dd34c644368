import Foundation
import Glibc
import Testing

@testable import kubelet_load_test

/// Programs that the harness starts.
@Suite("Child processes", .serialized)
struct ChildProcessTests {
    private static func run(_ command: String...) async throws -> ChildProcess.Outcome {
        let folder = try Folder()
        return try await ChildProcess.outcome(of: command, output: folder.file("out"))
    }

    @Test(
        "a program is run to its end, and tells how it ended as shells do",
        arguments: [("echo out; echo err >&2", 0, "out\n", "err"), ("exit 3", 3, "", ""), ("kill -9 $$", 137, "", "")])
    func outcome(script: String, status: Int32, output: String, complaint: String) async throws {
        let outcome = try await Self.run("/bin/sh", "-c", script)
        #expect(outcome.status == status)
        #expect(outcome.output == output)
        #expect(outcome.complaint == complaint)
    }

    @Test("a program that is not there is an error")
    func missing() async throws {
        let error = await #expect(throws: PeersError.self) { try await Self.run("/nowhere/program") }
        #expect(error?.description == "can't start /nowhere/program: No such file or directory")
    }

    /// Foundation's Process reads past the end of a buffer then, as the address sanitizer tells.
    @Test("a process with thousands of open files starts others, which get none of them, nor its signals' dispositions")
    func manyOpenFiles() async {
        // In a process of its own: other tests must not find thousands of descriptors gone for a while.
        await #expect(processExitsWith: .success) {
            var limit = rlimit()
            unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
            limit.rlim_cur = limit.rlim_max
            unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
            let many = (0..<3000).map { _ in dup(2) }.filter { $0 >= 0 }
            #expect(many.count > 1300)
            // ls itself opens the folder.
            let files = try await Self.run("/bin/ls", "/proc/self/fd")
            #expect(files.output == "0\n1\n2\n3\n")
            // Signals from 32 on are the C library's own.
            let signals = try await Self.run("/bin/grep", "-E", "^Sig(Blk|Ign)", "/proc/self/status")
            let masks = signals.output.split(separator: "\n").map { UInt64($0.split(separator: "\t")[1], radix: 16) }
            #expect(masks.map { ($0 ?? .max) & 0x7fff_ffff } == [0, 0])
        }
    }

    @Test("a program is stopped when its task is cancelled")
    func cancellation() async throws {
        let task = Task { try await Self.run("/bin/sleep", "600") }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
    }

    @Test("the proxy of a run ends with the harness, also when that is killed", arguments: [SIGKILL, SIGSEGV, SIGTERM])
    func death(signal: Int32) async throws {
        let folder = try Folder()
        let harness = try ChildProcess(
            [RunCommandTests.program, "run", "--scenario", "steady", "--targets", "2", "--duration", "10m"],
            output: folder.file("out"))
        let found = try await eventually { Self.children(of: harness.id).first { Self.isProxy($0) } }
        let proxy = try #require(found, "\(RunFiles.text(folder.file("out")) ?? "no output")")
        kill(harness.id, signal)
        await harness.stop()
        #expect(try await eventually { Self.isProxy(proxy) ? nil : true } == true)
    }

    private static func children(of parent: Int32) -> [Int32] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return names.compactMap { Int32($0) }.filter {
            RunFiles.text("/proc/\($0)/stat").flatMap(CPUClock.parent(stat:)) == parent
        }
    }

    private static func isProxy(_ process: Int32) -> Bool {
        RunFiles.text("/proc/\(process)/cmdline")?.split(separator: "\0").contains("serve") ?? false
    }
}

/// A folder for the time of a test.
final class Folder: Sendable {
    private let path = URL.temporaryDirectory.appending(path: "child-test-\(UUID())")

    init() throws { try FileManager.default.createDirectory(at: path, withIntermediateDirectories: true) }

    deinit { try? FileManager.default.removeItem(at: path) }

    func file(_ name: String) -> String { path.appending(path: name).path }
}

/// Asks again and again, for half a minute.
func eventually<Value>(_ find: () -> Value?) async throws -> Value? {
    let end = ContinuousClock.now + .seconds(30)
    while ContinuousClock.now < end {
        if let value = find() { return value }
        try await Task.sleep(for: .milliseconds(20))
    }
    return nil
}
