package import Logging
package import Settings

/// One event as one line of text, without I/O (spec 12.3).
package struct LogLine {
    /// RFC 3339 in UTC, with milliseconds.
    package var time: String
    package var level: Logger.Level
    package var message: String
    package var metadata: Logger.Metadata

    package func text(as format: LogFormat) -> String {
        switch format {
        case .logfmt: logfmt
        case .json: json
        }
    }

    private var logfmt: String {
        var line = "ts=\(time) level=\(level.word) msg=\(Self.logfmtValue(message))"
        for (key, value) in sortedMetadata {
            // As go-logfmt: what a key can't have is left out.
            let key = key.filter { !Self.needsQuotes($0) }
            line += " \(key.isEmpty ? "_" : key)=\(Self.logfmtValue(value))"
        }
        return line + "\n"
    }

    private var json: String {
        var fields: [(String, Logger.MetadataValue)] = [
            ("ts", .string(time)), ("level", .string(level.word)), ("msg", .string(message)),
        ]
        fields += sortedMetadata
        return Self.jsonObject(fields) + "\n"
    }

    private var sortedMetadata: [(String, Logger.MetadataValue)] {
        Self.sorted(metadata)
    }

    /// By key, without the values of secrets (spec 11.5).
    private static func sorted(_ metadata: Logger.Metadata) -> [(String, Logger.MetadataValue)] {
        metadata.sorted { $0.key < $1.key }.map { ($0, namesSecret($0) ? "<secret>" : withoutSecrets($1)) }
    }

    private static func withoutSecrets(_ value: Logger.MetadataValue) -> Logger.MetadataValue {
        switch value {
        case .string, .stringConvertible: value
        case .array(let values): .array(values.map(withoutSecrets))
        case .dictionary(let metadata):
            .dictionary(Dictionary(sorted(metadata)) { first, _ in first })
        }
    }

    /// A second line of defence: secrets should not get as far as a logger. The path of a file is none.
    private static func namesSecret(_ key: String) -> Bool {
        let key = key.lowercased()
        guard !key.hasSuffix("_file") else { return false }
        return ["authorization", "token", "password", "secret", "credential", "cookie"].contains { key.contains($0) }
    }

    // MARK: logfmt

    private static func logfmtValue(_ value: Logger.MetadataValue) -> String {
        switch value {
        case .string(let text): logfmtValue(text)
        case .stringConvertible(let value): logfmtValue("\(value)")
        // logfmt is flat: what is nested is JSON inside.
        case .array, .dictionary: logfmtValue(jsonValue(value))
        }
    }

    private static func logfmtValue(_ text: String) -> String {
        if text.isEmpty || text.contains(where: needsQuotes) { quoted(text) } else { text }
    }

    private static func needsQuotes(_ character: Character) -> Bool {
        character.unicodeScalars.contains { scalar in
            scalar <= " " || scalar == "=" || scalar == "\"" || scalar == "\\" || scalar == "\u{7f}"
                || scalar == "\u{fffd}"
        }
    }

    // MARK: JSON

    private static func jsonObject(_ fields: [(String, Logger.MetadataValue)]) -> String {
        "{" + fields.map { "\(quoted($0)):\(jsonValue($1))" }.joined(separator: ",") + "}"
    }

    private static func jsonValue(_ value: Logger.MetadataValue) -> String {
        switch value {
        case .string(let text): quoted(text)
        case .stringConvertible(let value): quoted("\(value)")
        case .array(let values): "[" + values.map(jsonValue).joined(separator: ",") + "]"
        case .dictionary(let metadata): jsonObject(metadata.sorted { $0.key < $1.key }.map { ($0, $1) })
        }
    }

    /// A JSON string (RFC 8259 section 7), which logfmt's readers take too. One line whatever the text says, so that
    /// nobody can write log lines of his own through a value.
    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            case "\0"..."\u{1f}", "\u{7f}"..."\u{9f}", "\u{2028}", "\u{2029}":
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}

extension Logger.Level {
    /// One of the four levels that config.yaml knows.
    fileprivate var word: String {
        switch self {
        case .trace, .debug: "debug"
        case .info, .notice: "info"
        case .warning: "warn"
        case .error, .critical: "error"
        }
    }
}
