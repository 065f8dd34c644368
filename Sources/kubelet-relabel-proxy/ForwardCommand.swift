import ArgumentParser
import CommandLineTool
import Discovery
import Glibc
import Logging
import Proxy
import ServiceLifecycle
import Settings
import UnixSignals

/// `forward`: the proxy on a workstation, for looking at kubelets (spec 13).
struct Forward: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Forward scrapes from this machine, with nothing but a kubeconfig.",
        discussion: """
            Listens on loopback and reaches kubelets through the API server. Each scrape is a line on standard error: verdict, \
            reason, node, path, status, bytes, time. Ctrl-C ends it. With a URL, it does one scrape, prints its body and exits: \
            0, or 1 with the reason.

            http://NODE:10250/metrics, http://10.0.0.5:10250/metrics?node=NODE and /nodes/NAME/metrics name what to scrape.
            """)

    @OptionGroup var options: ForwardOptions

    @Argument(help: ArgumentHelp("Do one scrape and exit.", valueName: "url"))
    var url: String?

    @Flag(help: "Show what rewriting changes: lines that are gone (-) and new (+).")
    var diff = false

    func validate() throws {
        guard let url else { return }
        guard options.listen == nil else { throw ValidationError("--listen is of no use with a URL.") }
        guard OneScrape.isTarget(url) else {
            throw ValidationError("\"\(url)\" is neither a URL such as http://NODE:10250/metrics nor a path.")
        }
    }

    func run() async throws {
        signal(SIGPIPE, SIG_IGN)
        OpenFiles.raiseLimit()
        let settings: ProxySettings
        do throws(SettingsErrors) { settings = try options.load(isForOneScrape: url != nil) } catch {
            throw Self.failure("\(error)")
        }
        let place = try await reachablePlace(settings)
        let lineLog = LineLog(settings.log)
        LoggingSystem.bootstrap { _ in LineLogHandler(lineLog) }
        let printer = ScrapePrinter(wantsChanges: diff, diffGoesToOutput: url != nil)
        let service: ProxyService
        do throws(ListenError) {
            service = try ProxyService(
                settings, version: Version.text, lineLog: lineLog, log: Logger(label: "proxy"), listens: url == nil,
                servesAdmin: false,
                observer: printer, load: { [options] () throws(SettingsErrors) in try options.load() })
        } catch {
            throw Self.failure("\(error), with --listen")
        }
        if let url {
            await doOneScrape(of: url, service, printer)
        } else {
            await serve(service, place)
        }
    }

    static func failure(_ message: String) -> ExitCode {
        LineLog.standardError("\(message)\n")
        return ExitCode(1)
    }

    /// Tells what is wrong before anything is forwarded: a first scrape would only say that there are no nodes yet.
    ///
    /// - Returns: what the nodes come from and how kubelets are reached, for people.
    private func reachablePlace(_ settings: ProxySettings) async throws -> String {
        let way = settings.upstream.via == .apiServer ? "through" : "directly, as they are told by"
        switch settings.nodes.source {
        case .file(let path):
            do throws(DocumentError) { _ = try NodeFile(path: path) } catch { throw Self.failure("\(error)") }
            return "directly, as \(path) lists them"
        case .kubernetes(let kubernetes):
            let access: KubernetesAccess
            do throws(DocumentError) { access = try kubernetes.access() } catch { throw Self.failure("\(error)") }
            if let trouble = await access.trouble() { throw Self.failure(trouble) }
            return "\(way) \(access.server), \(access.who)"
        }
    }

    // MARK: Serving

    private func serve(_ service: ProxyService, _ place: String) async {
        let address = service.listenPlaces.first ?? ""
        LineLog.standardError(
            """
            Forwarding from http://\(address) to kubelets \(place)
              curl -x http://\(address) http://NODE:10250/metrics
              http://\(address)/nodes/NODE/metrics, in a browser too
              proxy_url: http://\(address) and scheme: http, in a Prometheus on this machine
            Ctrl-C ends it.

            """)
        var quiet = Logger(label: "services")
        quiet.logLevel = .critical
        let group = ServiceGroup(
            configuration: .init(
                services: [.init(service: service, successTerminationBehavior: .gracefullyShutdownGroup)],
                gracefulShutdownSignals: [.sigterm, .sigint], logger: quiet))
        // As in `serve`, not by `exit`.
        do {
            try await group.run()
            _exit(0)
        } catch {
            LineLog.standardError("\(error)\n")
            _exit(1)
        }
    }

    // MARK: One scrape

    private func doOneScrape(of url: String, _ service: ProxyService, _ printer: ScrapePrinter) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                do { try await service.run() } catch {
                    LineLog.standardError("\(error)\n")
                    _exit(1)
                }
            }
            await waitForNodes(service)
            do throws(OneScrapeFailure) {
                let descriptor = try Self.connection(to: service)
                try OneScrape.run(url, over: descriptor, printsBody: !printer.wantsChanges)
                printer.waitForLine()
                _exit(0)
            } catch {
                // The line of the scrape tells why, where it came so far.
                if !printer.waitForLine() { LineLog.standardError("\(error)\n") }
                _exit(1)
            }
        }
    }

    private static func connection(to service: ProxyService) throws(OneScrapeFailure) -> Int32 {
        do { return try service.connect() } catch { throw OneScrapeFailure("\(error)") }
    }

    /// The list was asked for a moment ago and came, so that it will come again; if not, the answer says `not_synced`.
    private func waitForNodes(_ service: ProxyService) async {
        for _ in 0..<1_500 where !service.isSynced { try? await Task.sleep(for: .milliseconds(20)) }
    }
}
