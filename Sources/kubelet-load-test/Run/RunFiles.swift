import Foundation

/// Files of a run: written whole or not at all.
enum RunFiles {
    static func json(_ outcomes: [ScenarioOutcome]) throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        encoder.keyEncodingStrategy = .convertToSnakeCase
        return try encoder.encode(outcomes) + Data("\n".utf8)
    }

    static func outcomes(in file: String) throws -> [ScenarioOutcome] {
        guard let data = FileManager.default.contents(atPath: file) else { throw RunError("can't read \(file)") }
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        do { return try decoder.decode([ScenarioOutcome].self, from: data) } catch {
            throw RunError("\(file) holds no figures of `run --json`: \(error)")
        }
    }

    static func write(_ data: Data, to file: String) throws {
        do { try data.write(to: URL(filePath: file), options: .atomic) } catch {
            throw RunError("can't write \(file): \(error.localizedDescription)")
        }
    }

    static func text(_ file: String) -> String? {
        FileManager.default.contents(atPath: file).map { String(decoding: $0, as: UTF8.self) }
    }
}
