import Foundation
import Glibc

/// A program that this one started. What it writes goes to files, so that nothing it says can block it. It does not outlive
/// this program, however that ends.
final class ChildProcess: Sendable {
    let id: Int32
    let name: String
    private let output: String
    private let life: ChildLife

    var isRunning: Bool { life.isGoingOn }

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
        life = try ChildLife.begin(command, output: output)
        id = life.id
    }

    deinit { life.signal(SIGTERM) }

    func stop() async {
        life.signal(SIGTERM)
        // Squid may take the signal and go on.
        let insistence = Task { [life] in
            try await Task.sleep(for: .seconds(3))
            life.signal(SIGKILL)
        }
        _ = await life.status()
        insistence.cancel()
    }

    /// What it wrote to standard error.
    var complaint: String { Self.text("\(output).err").trimmingCharacters(in: .whitespacesAndNewlines) }

    private static func text(_ file: String) -> String {
        String(decoding: FileManager.default.contents(atPath: file) ?? Data(), as: UTF8.self)
    }

    struct Outcome {
        /// What it exited with; 128 and the signal's number if one ended it, as shells tell it.
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
            await child.life.status()
        } onCancel: {
            child.life.signal(SIGTERM)
        }
        try Task.checkCancellation()
        return Outcome(status: status, output: text(child.output), complaint: child.complaint)
    }
}
