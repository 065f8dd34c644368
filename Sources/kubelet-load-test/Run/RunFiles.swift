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

    /// The whole of it, also in /proc: FileManager takes the first page of such a file for all.
    static func text(_ file: String) -> String? {
        guard let handle = FileHandle(forReadingAtPath: file) else { return nil }
        var bytes = Data()
        while let more = try? handle.read(upToCount: 64 * 1024), !more.isEmpty { bytes += more }
        return String(decoding: bytes, as: UTF8.self)
    }
}
