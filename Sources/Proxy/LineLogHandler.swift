import Glibc
package import Logging
package import Settings
import Synchronization

/// What all loggers of the process share, so that a reload changes the level and format of every one.
package final class LineLog: Sendable {
    private let settings: Mutex<LogSettings>
    private let now: @Sendable () -> String
    private let write: @Sendable (String) -> Void

    package init(
        _ settings: LogSettings, now: @escaping @Sendable () -> String = LogTime.now,
        write: @escaping @Sendable (String) -> Void = LineLog.standardError
    ) {
        self.settings = Mutex(settings)
        self.now = now
        self.write = write
    }

    package func adopt(_ settings: LogSettings) {
        self.settings.withLock { $0 = settings }
    }

    fileprivate var level: Logger.Level {
        switch settings.withLock({ $0.level }) {
        case .debug: .debug
        case .info: .info
        case .warn: .warning
        case .error: .error
        }
    }

    fileprivate func log(_ level: Logger.Level, _ message: String, _ metadata: Logger.Metadata) {
        let line = LogLine(time: now(), level: level, message: message, metadata: metadata)
        write(line.text(as: settings.withLock { $0.format }))
    }

    /// One write(2) a line, so that lines of several threads and processes don't mix. A standard error that takes no
    /// more loses the rest of the line: a log is never a reason to wait or to stop.
    package static func standardError(_ line: String) {
        var line = line
        line.withUTF8 { bytes in
            var rest = unsafe bytes[...]
            while unsafe !rest.isEmpty {
                let count = unsafe Glibc.write(
                    STDERR_FILENO, UnsafeBufferPointer(rebasing: rest).baseAddress, rest.count)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { return }
                unsafe rest = unsafe rest.dropFirst(count)
            }
        }
    }
}

/// swift-log's end of a `LineLog`.
package struct LineLogHandler: LogHandler {
    private let log: LineLog
    private var ownLevel: Logger.Level?
    package var metadata: Logger.Metadata = [:]
    package var metadataProvider: Logger.MetadataProvider?

    package init(_ log: LineLog) {
        self.log = log
    }

    /// The shared one, unless this logger was given its own.
    package var logLevel: Logger.Level {
        get { ownLevel ?? log.level }
        set { ownLevel = newValue }
    }

    package subscript(metadataKey key: String) -> Logger.MetadataValue? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    package func log(event: LogEvent) {
        // The nearer one wins: the event's, the logger's, the provider's.
        var all = metadataProvider?.get() ?? [:]
        all.merge(metadata) { $1 }
        all.merge(event.metadata ?? [:]) { $1 }
        if let error = event.error { all["err"] = "\(error)" }
        log.log(event.level, "\(event.message)", all)
    }
}
