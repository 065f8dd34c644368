import Foundation
import Testing

/// What the `curl` binary made of an answer: a client that none of our code had a hand in.
struct CurlResult {
    let exitCode: Int32
    /// The last response's head, line by line, without the status line.
    let fields: [String]
    let status: Int
    let version: String
    let body: [UInt8]

    var text: String { String(decoding: body, as: UTF8.self) }

    func field(_ name: String) -> String? {
        fields.first { $0.lowercased().hasPrefix(name.lowercased() + ":") }
            .map { $0.dropFirst(name.count + 1).trimmingCharacters(in: .whitespaces) }
    }
}

enum Curl {
    static let isInstalled = FileManager.default.isExecutableFile(atPath: "/usr/bin/curl")

    /// Runs curl to its end. Without --compressed the body is as it came, but for chunks.
    static func run(_ arguments: [String]) async throws -> CurlResult {
        let directory = URL.temporaryDirectory.appending(path: "curl-\(UUID())")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        let head = directory.appending(path: "head")
        let body = directory.appending(path: "body")
        let exitCode = try await start(
            ["-sS", "--noproxy", "*", "--max-time", "20", "-D", head.path, "-o", body.path] + arguments)
        let heads = ((try? String(contentsOf: head, encoding: .utf8)) ?? "").components(separatedBy: "\r\n\r\n")
        let lines = (heads.last { !$0.isEmpty } ?? "").components(separatedBy: "\r\n")
        let words = lines.first?.components(separatedBy: " ") ?? []
        return CurlResult(
            exitCode: exitCode, fields: Array(lines.dropFirst()), status: words.count > 1 ? Int(words[1]) ?? 0 : 0,
            version: words.first ?? "", body: [UInt8]((try? Data(contentsOf: body)) ?? Data()))
    }

    private static func start(_ arguments: [String]) async throws -> Int32 {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/curl")
        process.arguments = arguments
        process.standardError = FileHandle.nullDevice
        return try await withCheckedThrowingContinuation { continuation in
            process.terminationHandler = { continuation.resume(returning: $0.terminationStatus) }
            do { try process.run() } catch { continuation.resume(throwing: error) }
        }
    }
}

/// A file that is gone when its owner is.
final class TemporaryFile: Sendable {
    let path: String

    init(_ text: String) throws {
        let url = URL.temporaryDirectory.appending(path: "fake-cluster-\(UUID())")
        try Data(text.utf8).write(to: url)
        path = url.path
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}
