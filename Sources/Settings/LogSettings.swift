package struct LogSettings: Sendable, Equatable {
    package var level = LogLevel.info
    package var format = LogFormat.logfmt

    package init() {}
}

package enum LogLevel: String, CaseIterable, Sendable {
    case debug, info, warn, error
}

package enum LogFormat: String, CaseIterable, Sendable {
    case logfmt, json
}

extension ProxySettings {
    mutating func readLog(from root: SectionReader) {
        root.section("log") { section in
            section.read("level", into: &log.level, as: .choice)
            section.read("format", into: &log.format, as: .choice)
        }
    }
}
