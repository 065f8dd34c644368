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
