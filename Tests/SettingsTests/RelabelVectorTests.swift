import Foundation
import Testing

@testable import Settings

/// The vectors lie outside the repository.
private let vectors: URL = {
    if let path = ProcessInfo.processInfo.environment["KRP_VECTORS"] { return URL(fileURLWithPath: path) }
    return URL(fileURLWithPath: #filePath).resolvingSymlinksInPath().deletingLastPathComponent()
        .appending(path: "../../../shared/vectors").standardized
}()

private let loadCases =
    (try? Data(contentsOf: vectors.appending(path: "relabel.json")))
    .flatMap { try? JSONDecoder().decode(LoadVectors.self, from: $0).load } ?? []

private struct LoadVectors: Decodable {
    let load: [LoadCase]
}

struct LoadCase: Decodable, Sendable, CustomTestStringConvertible {
    let id: String
    let yaml: String
    let valid: Bool
    let nameValidationScheme: String

    var testDescription: String { id }

    enum CodingKeys: String, CodingKey {
        case id, yaml, valid
        case nameValidationScheme = "name_validation_scheme"
    }
}

@Suite("Relabel rules as YAML")
struct RelabelVectorTests {
    @Test(
        "are taken and refused as Prometheus does with UTF-8 names",
        .enabled(if: !loadCases.isEmpty, "the vectors are not beside the repository"), arguments: loadCases)
    func load(example: LoadCase) {
        guard example.nameValidationScheme == "utf8" else { return }
        let rules = example.yaml.split(separator: "\n").map { "  \($0)\n" }.joined()
        let lines = errors(of: "metric_relabel_configs:\n\(rules)")
        #expect(lines.isEmpty == example.valid, "\(example.yaml)\(lines)")
    }
}
