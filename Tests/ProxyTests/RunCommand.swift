import Foundation

/// The built binary run to its end with something on standard input.
struct RunCommand: Sendable {
    let status: Int32
    let output: Data
    let errors: String

    var text: String { String(decoding: output, as: UTF8.self) }

    /// - Parameter files: written into the working directory first.
    init(_ arguments: [String], input: some DataProtocol, files: [String: String]) async throws {
        try await self.init(RunningProxy.binary, arguments, input: Data(input), files: files)
    }

    init(_ program: URL, _ arguments: [String], input: Data, files: [String: String] = [:]) async throws {
        let directory = URL.temporaryDirectory.appending(path: "command-\(UUID())")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        for (name, text) in files { try Data(text.utf8).write(to: directory.appending(path: name)) }
        // Files, as a pipe that nobody empties would stop it.
        let streams = ["input", "output", "errors"].map { directory.appending(path: $0) }
        try input.write(to: streams[0])
        for stream in streams.dropFirst() { try Data().write(to: stream) }
        let process = Process()
        process.executableURL = program
        process.arguments = arguments
        process.currentDirectoryURL = directory
        process.standardInput = try FileHandle(forReadingFrom: streams[0])
        process.standardOutput = try FileHandle(forWritingTo: streams[1])
        process.standardError = try FileHandle(forWritingTo: streams[2])
        status = try await withCheckedThrowingContinuation { continuation in
            process.terminationHandler = { continuation.resume(returning: $0.terminationStatus) }
            do { try process.run() } catch { continuation.resume(throwing: error) }
        }
        output = try Data(contentsOf: streams[1])
        errors = try String(contentsOf: streams[2], encoding: .utf8)
    }
}
