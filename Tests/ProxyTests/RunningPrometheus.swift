import Foundation
import Testing

/// Debian's Prometheus, started with a configuration of the test's on a port of its own.
final class RunningPrometheus: Sendable {
    private let process: Process
    private let directory: URL
    private let url: String

    /// `Tests/run` installs it.
    static let isInstalled = FileManager.default.isExecutableFile(atPath: binary.path)
    private static let binary = URL(filePath: "/usr/bin/prometheus")

    /// - Parameters:
    ///   - files: written beside the configuration, for it to name.
    ///   - features: of `--enable-feature`.
    static func start(
        _ configuration: String, files: [String: String] = [:], features: [String] = []
    ) async throws -> RunningPrometheus {
        let directory = URL.temporaryDirectory.appending(path: "prometheus-\(UUID())")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        for (name, text) in files { try Data(text.utf8).write(to: directory.appending(path: name)) }
        let file = directory.appending(path: "prometheus.yml")
        try Data(configuration.utf8).write(to: file)
        let log = directory.appending(path: "log")
        _ = FileManager.default.createFile(atPath: log.path, contents: nil)
        let process = Process()
        process.executableURL = binary
        process.arguments = [
            "--config.file=\(file.path)", "--storage.tsdb.path=\(directory.appending(path: "data").path)",
            "--web.listen-address=127.0.0.1:0",
        ]
        if !features.isEmpty { process.arguments?.append("--enable-feature=\(features.joined(separator: ","))") }
        process.standardError = try FileHandle(forWritingTo: log)
        try process.run()
        for _ in 0..<400 where process.isRunning {
            let text = (try? String(contentsOf: log, encoding: .utf8)) ?? ""
            // It listens before it can answer queries.
            if let address = text.firstMatch(of: /msg="Listening on" address=([0-9.:]+)/)?.1,
                try await Answer.fetch(["http://\(address)/-/ready"]).status == 200
            {
                return RunningPrometheus(process, directory, url: "http://\(address)")
            }
            try await Task.sleep(for: .milliseconds(50))
        }
        let lines = ((try? String(contentsOf: log, encoding: .utf8)) ?? "").split(separator: "\n")
        process.terminate()
        Issue.record("Prometheus did not start: \(lines.suffix(3).joined(separator: "\n"))")
        throw CocoaError(.executableLoad)
    }

    private init(_ process: Process, _ directory: URL, url: String) {
        self.process = process
        self.directory = directory
        self.url = url
    }

    func stop() async {
        process.terminate()
        for _ in 0..<400 where process.isRunning { try? await Task.sleep(for: .milliseconds(25)) }
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
        process.waitUntilExit()
        try? FileManager.default.removeItem(at: directory)
    }

    /// What an instant query finds.
    /// - Parameter moment: Unix seconds; nil: now.
    func query(_ promQL: String, at moment: Double? = nil) async throws -> [StoredSeries] {
        let answer = try await Answer.fetch(
            ["\(url)/api/v1/query", "--data-urlencode", "query=\(promQL)"] + Self.time(moment))
        return try JSONDecoder().decode(QueryAnswer.self, from: answer.body).data.result
    }

    /// The samples of a range selector, such as `up[1m]`, with the moments (Unix seconds) at which they were scraped.
    /// - Parameter moment: when the range ends, in Unix seconds; nil: now.
    func samples(_ selector: String, at moment: Double? = nil) async throws -> [StoredRange] {
        let answer = try await Answer.fetch(
            ["\(url)/api/v1/query", "--data-urlencode", "query=\(selector)"] + Self.time(moment))
        return try JSONDecoder().decode(RangeAnswer.self, from: answer.body).data.result
    }

    private static func time(_ moment: Double?) -> [String] {
        moment.map { ["--data-urlencode", "time=\($0)"] } ?? []
    }

    /// What a query would have found at each of the moments (Unix seconds).
    func query(
        _ promQL: String, from start: Double, to end: Double, step: Double
    ) async throws -> [StoredRange] {
        let range = "start=\(start)&end=\(end)&step=\(step)"
        let answer = try await Answer.fetch([
            "\(url)/api/v1/query_range?\(range)", "--data-urlencode", "query=\(promQL)",
        ])
        return try JSONDecoder().decode(RangeAnswer.self, from: answer.body).data.result
    }

    /// Replaces a file beside the configuration, at once and as a whole.
    func write(_ text: String, to name: String) throws {
        try Data(text.utf8).write(to: directory.appending(path: name), options: .atomic)
    }

    /// Waits until so many targets were scraped well, and says what ails the others if it is in vain.
    func waitForTargets(_ count: Int) async throws {
        for _ in 0..<100 {
            if try await query("up == 1").count == count { return }
            try await Task.sleep(for: .milliseconds(200))
        }
        let errors = try await targetErrors()
        Issue.record("Not all of \(count) targets are up: \(errors.joined(separator: "\n"))")
    }

    /// What the Targets page shows of failed scrapes: each text once, in JSON's spelling.
    func targetErrors() async throws -> [String] {
        let targets = try await Answer.fetch(["\(url)/api/v1/targets?state=active"]).text
        return Set(targets.matches(of: /"lastError":"((?:[^"\\]|\\.)+)"/).map { String($0.1) }).sorted()
    }
}

/// A series with its latest sample, as Prometheus' API tells them.
struct StoredSeries: Decodable, Hashable {
    var labels: [String: String]
    let value: String

    private enum Keys: String, CodingKey {
        case metric, value
    }

    init(from decoder: any Decoder) throws {
        let series = try decoder.container(keyedBy: Keys.self)
        labels = try series.decode([String: String].self, forKey: .metric)
        var sample = try series.nestedUnkeyedContainer(forKey: .value)
        _ = try sample.decode(Double.self)
        value = try sample.decode(String.self)
    }
}

extension StoredSeries: CustomStringConvertible {
    /// As in the text format, the labels in order.
    var description: String {
        let others = labels.filter { $0.key != "__name__" }.sorted { $0.key < $1.key }
        return
            "\(labels["__name__"] ?? ""){\(others.map { "\($0.key)=\"\($0.value)\"" }.joined(separator: ","))} \(value)"
    }
}

/// A series with its samples over a time.
struct StoredRange: Decodable {
    let labels: [String: String]
    /// Unix seconds.
    let moments: [Double]
    /// One for each moment.
    let values: [Double]

    private enum Keys: String, CodingKey {
        case metric, values
    }

    init(from decoder: any Decoder) throws {
        let series = try decoder.container(keyedBy: Keys.self)
        labels = try series.decode([String: String].self, forKey: .metric)
        var samples = try series.nestedUnkeyedContainer(forKey: .values)
        var (moments, values): ([Double], [Double]) = ([], [])
        while !samples.isAtEnd {
            var sample = try samples.nestedUnkeyedContainer()
            moments.append(try sample.decode(Double.self))
            values.append(Double(try sample.decode(String.self)) ?? .nan)
        }
        (self.moments, self.values) = (moments, values)
    }
}

private struct RangeAnswer: Decodable {
    let data: Result

    struct Result: Decodable {
        let result: [StoredRange]
    }
}

private struct QueryAnswer: Decodable {
    let data: Result

    struct Result: Decodable {
        let result: [StoredSeries]
    }
}
