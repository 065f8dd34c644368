import Foundation
import Testing

/// The test vectors, which lie beside the repository and may be absent.
enum Vectors {
    static let root: URL = {
        if let path = ProcessInfo.processInfo.environment["KRP_VECTORS"] { return URL(fileURLWithPath: path) }
        // Tests/ExpositionTests/Vectors.swift: three levels below the package, which may be reached by a link.
        let package = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath()
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        return package.deletingLastPathComponent().appendingPathComponent("shared/vectors")
    }()

    static let arePresent = FileManager.default.fileExists(
        atPath: root.appendingPathComponent("exposition/index.json").path)

    static func bytes(_ path: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: root.appendingPathComponent(path)))
    }
}

/// One document of `exposition/index.json`.
struct ExpositionVector: Decodable, Sendable, CustomTestStringConvertible {
    let file: String
    let format: String
    let prometheusAccepts: Bool?
    let appendError: String?
    let parsed: String?

    enum CodingKeys: String, CodingKey {
        case file, format, parsed
        case prometheusAccepts = "prometheus_accepts"
        case appendError = "prometheus_append_error"
    }

    var testDescription: String { file }

    /// Accepted by Prometheus' parser and by what appends its samples.
    var isAccepted: Bool { prometheusAccepts == true && appendError == nil }

    func bytes() throws -> [UInt8] { try Vectors.bytes("exposition/" + file) }

    func golden() throws -> [ParsedEntry] {
        guard let parsed else { return [] }
        return try JSONDecoder().decode([ParsedEntry].self, from: Data(try Vectors.bytes("exposition/" + parsed)))
    }

    static let all: [ExpositionVector] = {
        guard Vectors.arePresent, let index = try? Vectors.bytes("exposition/index.json") else { return [] }
        return (try? JSONDecoder().decode([ExpositionVector].self, from: Data(index))) ?? []
    }()

    static let text = all.filter { $0.format.hasPrefix("text-") || $0.format.hasPrefix("openmetrics-") }
}

/// One entry of a golden parse.
struct ParsedEntry: Decodable {
    let kind: String
    let labels: [[String]]?
    let value: ParsedValue?
    let rawSeries: String?

    enum CodingKeys: String, CodingKey {
        case kind, labels, value
        case rawSeries = "raw_series"
    }
}

struct ParsedValue: Decodable {
    let bits: String
}
