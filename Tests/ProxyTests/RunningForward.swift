import Foundation

/// The command `forward` while it serves.
final class RunningForward: Sendable {
    private let process: Process
    private let directory: URL
    private let log: URL
    /// `http://127.0.0.1:PORT`
    let url: String

    /// - Parameter files: written into the working directory first.
    static func start(_ arguments: [String], files: [String: String]) async throws -> RunningForward {
        let directory = URL.temporaryDirectory.appending(path: "forward-\(UUID())")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        for (name, text) in files { try Data(text.utf8).write(to: directory.appending(path: name)) }
        let log = directory.appending(path: "log")
        try Data().write(to: log)
        let process = Process()
        process.executableURL = RunningProxy.binary
        process.arguments = ["forward", "--listen", "127.0.0.1:0"] + arguments
        process.currentDirectoryURL = directory
        process.standardOutput = FileHandle.nullDevice
        process.standardError = try FileHandle(forWritingTo: log)
        try process.run()
        for _ in 0..<200 {
            let text = (try? String(contentsOf: log, encoding: .utf8)) ?? ""
            if let url = text.firstMatch(of: /Forwarding from (http:\S+)/)?.1 {
                return RunningForward(process, directory, log, url: String(url))
            }
            try await Task.sleep(for: .milliseconds(50))
        }
        process.terminate()
        throw CocoaError(.executableLoad)
    }

    private init(_ process: Process, _ directory: URL, _ log: URL, url: String) {
        self.process = process
        self.directory = directory
        self.log = log
        self.url = url
    }

    /// What it wrote to standard error.
    var text: String { (try? String(contentsOf: log, encoding: .utf8)) ?? "" }

    func waitForText(_ wanted: String) async throws -> Bool {
        for _ in 0..<100 where !text.contains(wanted) { try await Task.sleep(for: .milliseconds(25)) }
        return text.contains(wanted)
    }

    /// Ctrl-C.
    ///
    /// - Returns: the exit status; nil where a signal ended it.
    func interrupt() async -> Int32? {
        if process.isRunning { process.interrupt() }
        for _ in 0..<400 where process.isRunning { try? await Task.sleep(for: .milliseconds(25)) }
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
        process.waitUntilExit()
        try? FileManager.default.removeItem(at: directory)
        return process.terminationReason == .exit ? process.terminationStatus : nil
    }
}
