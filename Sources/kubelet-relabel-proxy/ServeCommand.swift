import ArgumentParser
import CommandLineTool
import Glibc
import Logging
import Proxy
import ServiceLifecycle
import Settings
import UnixSignals

struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Serve scrapes.",
        discussion: "SIGHUP reloads the configuration, SIGTERM drains and exits 0.")

    @OptionGroup var options: SettingsOptions

    func run() async throws {
        // A scraper or kubelet that hangs up shows as an error of the write, not as a signal.
        signal(SIGPIPE, SIG_IGN)
        OpenFiles.raiseLimit()
        let settings: ProxySettings
        do throws(SettingsErrors) { settings = try options.load() } catch {
            LineLog.standardError("\(error)\n")
            throw ExitCode(1)
        }
        let lineLog = LineLog(settings.log)
        LoggingSystem.bootstrap { _ in LineLogHandler(lineLog) }
        let log = Logger(label: "proxy")
        let service: ProxyService
        do throws(ListenError) {
            service = try ProxyService(
                settings, version: Version.text, lineLog: lineLog, log: log,
                load: { [options] () throws(SettingsErrors) in try options.load() })
        } catch {
            log.error("Not started", metadata: ["error": "\(error)"])
            throw ExitCode(1)
        }
        // The group's own lines are routine.
        var quiet = log
        quiet.logLevel = .critical
        let group = ServiceGroup(
            configuration: .init(
                services: [
                    .init(service: service, successTerminationBehavior: .gracefullyShutdownGroup),
                    .init(service: ReloadOnHangup(service: service)),
                ],
                gracefulShutdownSignals: [.sigterm, .sigint], logger: quiet))
        // Not by `exit`: the loops' threads may still be letting go of connections, and OpenSSL's exit handler would take its
        // locks from under them. Nothing is buffered that would be lost.
        do {
            try await group.run()
            _exit(0)
        } catch {
            log.error("Stopped by an error", metadata: ["error": "\(error)"])
            _exit(1)
        }
    }
}

/// SIGHUP reloads the configuration (spec 12.4).
private struct ReloadOnHangup: Service {
    let service: ProxyService

    func run() async throws {
        for await _ in await UnixSignalsSequence(trapping: .sighup).cancelOnGracefulShutdown() {
            service.reload()
        }
    }
}
