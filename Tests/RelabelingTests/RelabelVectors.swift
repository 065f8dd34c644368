import Foundation

/// Outcomes recorded from Prometheus; they lie outside the repository and may be absent.
struct RelabelVectors: Decodable {
    var apply: [Apply]
    var regex: [Regex]

    struct Apply: Decodable, Sendable, CustomStringConvertible {
        var id: String
        var input: [String: String]
        /// Nil where the series is dropped.
        var output: [String: String]?
        var relabelConfigs: [Rule]
        var description: String { id }
    }

    struct Rule: Decodable, Sendable {
        var action: String?
        var sourceLabels: [String]?
        var separator: String?
        var regex: String?
        var modulus: UInt64?
        var targetLabel: String?
        var replacement: String?
    }

    struct Regex: Decodable, Sendable, CustomStringConvertible {
        var id: String
        var regex: String
        var valid: Bool
        var error: String?
        var cases: [Case]?
        var description: String { "\(id) \(regex)" }
    }

    struct Case: Decodable, Sendable {
        var value: String
        var match: Bool
        var groups: [String]?
    }

    static let recorded: RelabelVectors? = {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let folder =
            ProcessInfo.processInfo.environment["KRP_VECTORS"].map { URL(filePath: $0) }
            ?? root.appending(path: "../shared/vectors")
        guard let data = try? Data(contentsOf: folder.appending(path: "relabel.json")) else { return nil }
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try? decoder.decode(RelabelVectors.self, from: data)
    }()
}
