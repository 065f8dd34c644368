import Foundation
import Glibc

/// A program that this one started. What it writes goes to files, so that nothing it says can block it.
final class ChildProcess: Sendable {
    private let process: Process
    let name: String
    private let output: String
    /// A task of its own: waiting goes on when the one who waits is cancelled, as its child is still there.
    private let exit: Task<Int32, Never>

    var id: Int32 { process.processIdentifier }
    var isRunning: Bool { process.isRunning }

    /// - Parameters:
    ///   - core: the one core that it may use.
    ///   - output: its standard output goes to this file, its standard error beside it.
    convenience init(_ command: [String], on core: Int? = nil, in programs: Programs, output: String) throws {
        // taskset becomes the program that it starts, so the process id is the program's.
        let pinning = core.map { [programs.taskset, "--cpu-list", "\($0)"] } ?? []
        try self.init(pinning + command, output: output)
    }

    init(_ command: [String], output: String) throws {
        self.output = output
        name = URL(filePath: output).deletingPathExtension().lastPathComponent
        process = Process()
        process.executableURL = URL(filePath: command[0])
        process.arguments = Array(command.dropFirst())
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = try Self.open(output)
        process.standardError = try Self.open("\(output).err")
        let (exit, continuation) = AsyncStream<Int32>.makeStream()
        self.exit = Task {
            for await status in exit { return status }
            return -1
        }
        process.terminationHandler = {
            continuation.yield($0.terminationStatus)
            continuation.finish()
        }
        do { try process.run() } catch { throw PeersError("can't start \(command[0]): \(error.localizedDescription)") }
    }

    deinit { if process.isRunning { process.terminate() } }

    private static func open(_ file: String) throws -> FileHandle {
        guard FileManager.default.createFile(atPath: file, contents: nil),
            let handle = FileHandle(forWritingAtPath: file)
        else { throw PeersError("can't write \(file)") }
        return handle
    }

    func stop() async {
        guard process.isRunning else { return }
        process.terminate()
        // Squid may take the signal and go on.
        let insistence = Task { [id] in
            try await Task.sleep(for: .seconds(3))
            kill(id, SIGKILL)
        }
        _ = await exit.value
        insistence.cancel()
    }

    /// What it wrote to standard error.
    var complaint: String { Self.text("\(output).err").trimmingCharacters(in: .whitespacesAndNewlines) }

    private static func text(_ file: String) -> String {
        String(decoding: FileManager.default.contents(atPath: file) ?? Data(), as: UTF8.self)
    }

    struct Outcome {
        let status: Int32
        let output: String
        let complaint: String
    }

    /// Runs a program to its end, which comes soon when the task is cancelled.
    static func outcome(
        of command: [String], on core: Int? = nil, in programs: Programs, output: String
    ) async throws -> Outcome {
        try await outcome(of: ChildProcess(command, on: core, in: programs, output: output))
    }

    static func outcome(of command: [String], output: String) async throws -> Outcome {
        try await outcome(of: ChildProcess(command, output: output))
    }

    private static func outcome(of child: ChildProcess) async throws -> Outcome {
        let status = await withTaskCancellationHandler {
            await child.exit.value
        } onCancel: {
            child.process.terminate()
        }
        try Task.checkCancellation()
        return Outcome(status: status, output: text(child.output), complaint: child.complaint)
    }
}
