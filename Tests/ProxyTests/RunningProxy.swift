import Foundation
import Testing

/// The built binary, started with a configuration of the test's.
final class RunningProxy: Sendable {
    private let process: Process
    private let directory: URL
    private let log: URL
    /// `http://127.0.0.1:PORT`, for scrapes and for the admin pages.
    let url: String
    let adminURL: String

    /// Beside the test bundle lie the products of the same build.
    static let binary = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        .deletingLastPathComponent().appending(path: "kubelet-relabel-proxy")

    /// - Parameters:
    ///   - configuration: YAML; listeners and admin are added.
    ///   - files: written beside it first.
    ///   - admin: further keys of its section.
    ///   - places: where it listens for scrapes and for admin requests; `url` and `adminURL` are of use with the default.
    ///   - openFiles: how many descriptors it may have; nil: as many as this process.
    static func start(
        _ configuration: String, files: [String: String] = [:], admin: String = "", places: Places = Places(),
        openFiles: Int? = nil
    ) async throws -> RunningProxy {
        let directory = URL.temporaryDirectory.appending(path: "proxy-\(UUID())")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        for (name, text) in files { try Data(text.utf8).write(to: directory.appending(path: name)) }
        let file = directory.appending(path: "config.yaml")
        try Data((listeners(admin, places) + configuration).utf8).write(to: file)
        let log = directory.appending(path: "log")
        _ = FileManager.default.createFile(atPath: log.path, contents: nil)
        let process = Process()
        let serve = [binary.path, "serve", "--config", file.path]
        // prlimit takes on the program: the process stays the same.
        let command = openFiles.map { ["/usr/bin/prlimit", "--nofile=\($0)"] + serve } ?? serve
        process.executableURL = URL(filePath: command[0])
        process.arguments = Array(command.dropFirst())
        process.standardError = try FileHandle(forWritingTo: log)
        try process.run()
        for _ in 0..<200 {
            let text = (try? String(contentsOf: log, encoding: .utf8)) ?? ""
            if let scrapes = address(after: "Listening for scrapes", in: text),
                let admin = address(after: "Listening for admin requests", in: text)
            {
                return RunningProxy(process, directory, log, url: "http://\(scrapes)", adminURL: "http://\(admin)")
            }
            try await Task.sleep(for: .milliseconds(50))
        }
        process.terminate()
        throw CocoaError(.executableLoad)
    }

    private init(_ process: Process, _ directory: URL, _ log: URL, url: String, adminURL: String) {
        self.process = process
        self.directory = directory
        self.log = log
        self.url = url
        self.adminURL = adminURL
    }

    private static func address(after message: String, in log: String) -> Substring? {
        guard let line = log.split(separator: "\n").first(where: { $0.contains(message) }),
            let field = line.split(separator: " ").first(where: { $0.hasPrefix("address=") })
        else { return nil }
        return field.dropFirst("address=".count)
    }

    /// What a command of the binary prints, and its exit status.
    static func run(_ arguments: [String]) async throws -> (status: Int32, output: String, errors: String) {
        let process = Process()
        process.executableURL = binary
        process.arguments = arguments
        let (output, errors) = (Pipe(), Pipe())
        process.standardOutput = output
        process.standardError = errors
        let status: Int32 = try await withCheckedThrowingContinuation { continuation in
            process.terminationHandler = { continuation.resume(returning: $0.terminationStatus) }
            do { try process.run() } catch { continuation.resume(throwing: error) }
        }
        func text(_ pipe: Pipe) -> String { String(decoding: pipe.fileHandleForReading.availableData, as: UTF8.self) }
        return (status, text(output), text(errors))
    }

    /// Where a file lies beside the configuration.
    func path(_ name: String) -> String { directory.appending(path: name).path }

    func write(_ text: String, to name: String) throws {
        try Data(text.utf8).write(to: directory.appending(path: name), options: .atomic)
    }

    func hangUp() { Glibc.kill(process.processIdentifier, SIGHUP) }

    /// The sections that every configuration begins with.
    static func listeners(_ admin: String = "", _ places: Places = Places()) -> String {
        let listeners = places.listeners.enumerated().map { position, address in
            let more = position == places.listeners.count - 1 ? places.more : ""
            return "{address: \"\(address)\", insecure_anonymous: true\(more)}"
        }
        return "listeners: [\(listeners.joined(separator: ", "))]\nadmin: {address: \"\(places.admin)\"\(admin)}\n"
    }

    /// Addresses to listen on, as they are configured.
    struct Places {
        var listeners = ["127.0.0.1:0"]
        var admin = "127.0.0.1:0"
        /// Further keys of the last listener.
        var more = ""
    }

    /// Where it listens for scrapes, in the order of the configuration.
    var listenAddresses: [Substring] {
        logText.split(separator: "\n").compactMap { Self.address(after: "Listening for scrapes", in: String($0)) }
    }

    var logText: String { (try? String(contentsOf: log, encoding: .utf8)) ?? "" }

    /// Processor time that it took so far.
    var cpuSeconds: Double {
        let stat = (try? String(contentsOfFile: "/proc/\(process.processIdentifier)/stat", encoding: .utf8)) ?? ""
        // utime and stime, the 12th and 13th field behind the name in parentheses, in hundredths (proc_pid_stat(5)).
        let fields = stat.split(separator: ")").last?.split(separator: " ") ?? []
        return fields.dropFirst(11).prefix(2).compactMap { Double($0) }.reduce(0, +) / 100
    }

    /// SIGTERM, as Kubernetes sends it.
    func terminate() { if process.isRunning { process.terminate() } }

    /// SIGKILL: it leaves everything behind.
    func kill() {
        Glibc.kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        try? FileManager.default.removeItem(at: directory)
    }

    /// Whether no signal had to end it.
    var exitedByItself: Bool { !process.isRunning && process.terminationReason == .exit }

    /// Ends it as Kubernetes does.
    /// - Returns: the exit status.
    func stop() async -> Int32 {
        terminate()
        for _ in 0..<400 where process.isRunning { try? await Task.sleep(for: .milliseconds(25)) }
        if process.isRunning { Glibc.kill(process.processIdentifier, SIGKILL) }
        process.waitUntilExit()
        try? FileManager.default.removeItem(at: directory)
        return process.terminationStatus
    }

    /// A scrape through the proxy, as Prometheus sends one.
    func scrape(_ target: String, _ more: String...) async throws -> Answer {
        try await Answer.fetch(["--proxy", url, "http://\(target)"] + more)
    }

    func admin(_ path: String, _ more: String...) async throws -> Answer {
        try await Answer.fetch(["\(adminURL)\(path)"] + more)
    }

    /// Waits until something is so: what happens in the proxy takes a moment to be seen.
    func wait(until isSo: () async throws -> Bool) async throws -> Bool {
        for _ in 0..<200 {
            if try await isSo() { return true }
            try await Task.sleep(for: .milliseconds(25))
        }
        return false
    }

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
