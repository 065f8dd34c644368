import Foundation
import Testing

/// The built binary, started with a configuration of the test's.
final class RunningProxy: Sendable {
    private let process: Process
    private let directory: URL
    /// `http://127.0.0.1:PORT`, for scrapes and for the admin pages.
    let url: String
    let adminURL: String

    /// Beside the test bundle lie the products of the same build.
    static let binary = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        .deletingLastPathComponent().appending(path: "kubelet-relabel-proxy")

    /// - Parameter configuration: YAML; listeners and admin are added. `files` are written beside it first.
    static func start(_ configuration: String, files: [String: String] = [:]) async throws -> RunningProxy {
        let directory = URL.temporaryDirectory.appending(path: "proxy-\(UUID())")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        for (name, text) in files { try Data(text.utf8).write(to: directory.appending(path: name)) }
        let file = directory.appending(path: "config.yaml")
        let listeners = "listeners: [{address: \"127.0.0.1:0\"}]\nadmin: {address: \"127.0.0.1:0\"}\n"
        try Data((listeners + configuration).utf8).write(to: file)
        let log = directory.appending(path: "log")
        _ = FileManager.default.createFile(atPath: log.path, contents: nil)
        let process = Process()
        process.executableURL = binary
        process.arguments = ["serve", "--config", file.path]
        process.standardError = try FileHandle(forWritingTo: log)
        try process.run()
        for _ in 0..<200 {
            let text = (try? String(contentsOf: log, encoding: .utf8)) ?? ""
            if let scrapes = address(after: "Listening for scrapes", in: text),
                let admin = address(after: "Listening for admin requests", in: text)
            {
                return RunningProxy(process, directory, url: "http://\(scrapes)", adminURL: "http://\(admin)")
            }
            try await Task.sleep(for: .milliseconds(50))
        }
        process.terminate()
        throw CocoaError(.executableLoad)
    }

    private init(_ process: Process, _ directory: URL, url: String, adminURL: String) {
        self.process = process
        self.directory = directory
        self.url = url
        self.adminURL = adminURL
    }

    private static func address(after message: String, in log: String) -> Substring? {
        guard let line = log.split(separator: "\n").first(where: { $0.contains(message) }),
            let field = line.split(separator: " ").first(where: { $0.hasPrefix("address=") })
        else { return nil }
        return field.dropFirst("address=".count)
    }

    func write(_ text: String, to name: String) throws {
        try Data(text.utf8).write(to: directory.appending(path: name), options: .atomic)
    }

    func hangUp() { kill(process.processIdentifier, SIGHUP) }

    /// Ends it as Kubernetes does.
    /// - Returns: the exit status.
    func stop() async -> Int32 {
        process.terminate()
        for _ in 0..<400 where process.isRunning { try? await Task.sleep(for: .milliseconds(25)) }
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
        process.waitUntilExit()
        try? FileManager.default.removeItem(at: directory)
        return process.terminationStatus
    }

    /// A scrape through the proxy, as Prometheus sends one.
    func scrape(_ target: String, _ more: String...) async throws -> Answer {
        try await Answer.fetch(["--proxy", url, "http://\(target)"] + more)
    }

    func admin(_ path: String) async throws -> Answer { try await Answer.fetch(["\(adminURL)\(path)"]) }

    /// Waits until a scrape is answered as wanted: what changed at the source takes a moment to arrive.
    func scrape(_ target: String, until isWanted: (Answer) -> Bool) async throws -> Answer {
        var answer = try await scrape(target)
        for _ in 0..<100 where !isWanted(answer) {
            try await Task.sleep(for: .milliseconds(50))
            answer = try await scrape(target)
        }
        return answer
    }
}

/// What curl made of an answer.
struct Answer: Sendable {
    /// 0: whole; 18, 52, 56: cut.
    let exitCode: Int32
    let status: Int
    let statusLine: String
    let head: String
    let body: Data

    var text: String { String(decoding: body, as: UTF8.self) }

    func field(_ name: String) -> String? {
        head.components(separatedBy: "\r\n").first { $0.lowercased().hasPrefix(name.lowercased() + ":") }
            .map { $0.dropFirst(name.count + 1).trimmingCharacters(in: .whitespaces) }
    }

    static func fetch(_ arguments: [String]) async throws -> Answer {
        let directory = URL.temporaryDirectory.appending(path: "curl-\(UUID())")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        let head = directory.appending(path: "head")
        let body = directory.appending(path: "body")
        let curl = Process()
        curl.executableURL = URL(filePath: "/usr/bin/curl")
        curl.arguments =
            ["-sS", "--path-as-is", "--max-time", "20", "-D", head.path, "-o", body.path] + arguments
        curl.standardError = FileHandle.nullDevice
        let exitCode: Int32 = try await withCheckedThrowingContinuation { continuation in
            curl.terminationHandler = { continuation.resume(returning: $0.terminationStatus) }
            do { try curl.run() } catch { continuation.resume(throwing: error) }
        }
        let text = (try? String(contentsOf: head, encoding: .utf8)) ?? ""
        let statusLine = text.components(separatedBy: "\r\n").first ?? ""
        return Answer(
            exitCode: exitCode, status: Int(statusLine.split(separator: " ").dropFirst().first ?? "") ?? 0,
            statusLine: statusLine, head: text, body: (try? Data(contentsOf: body)) ?? Data())
    }
}
