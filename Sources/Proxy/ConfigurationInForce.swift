import Addressing
import EventLoop
import Glibc
import Identity
import Instrumentation
import Logging
import Settings
import Synchronization

/// The settings in force and the way to others: a reload (spec 12.4).
final class ConfigurationInForce: Sendable {
    private let current: Mutex<ProxySettings>
    private let load: @Sendable () throws(SettingsErrors) -> ProxySettings
    private let lineLog: LineLog
    private let log: Logger
    private let identities: IdentityStore
    private let metrics: ProxyMetrics
    private let worker: ProxyWorker

    init(
        _ settings: ProxySettings, load: @escaping @Sendable () throws(SettingsErrors) -> ProxySettings,
        lineLog: LineLog, log: Logger, identities: IdentityStore, metrics: ProxyMetrics, worker: ProxyWorker
    ) {
        current = Mutex(settings)
        self.load = load
        self.lineLog = lineLog
        self.log = log
        self.identities = identities
        self.metrics = metrics
        self.worker = worker
        noteSuccess()
    }

    var settings: ProxySettings { current.withLock { $0 } }

    /// Reads the configuration again; a bad one is refused whole and the old one stays.
    ///
    /// - Returns: what was wrong; nil when the new one is in force.
    @discardableResult
    func reload() -> String? {
        guard let failure = tryReload() else {
            noteSuccess()
            log.notice("Configuration reloaded")
            return nil
        }
        metrics.lastReloadSuccessful.set(false)
        log.error("Configuration not reloaded; the old one stays in force", metadata: ["error": "\(failure)"])
        return failure
    }

    private func noteSuccess() {
        metrics.lastReloadSuccessful.set(true)
        metrics.lastReloadTime.set(Double(time(nil)))
    }

    private func tryReload() -> String? {
        let next: ProxySettings
        do throws(SettingsErrors) { next = try load() } catch { return "\(error)" }
        do throws(SettingsReloadError) {
            let accepted = try settings.reloaded(to: next)
            current.withLock { $0 = accepted }
            apply(accepted)
            return nil
        } catch { return "\(error)" }
    }

    private func apply(_ settings: ProxySettings) {
        lineLog.adopt(settings.log)
        let changes = identities.adopt(IdentityPolicy(settings))
        let addresses = Set(changes.owners.map(\.address.ip))
        let configuration = ProxyConfiguration(settings)
        worker.spawn { worker in
            worker.adopt(configuration)
            if !addresses.isEmpty { worker.ownerChanged(at: addresses) }
            await worker.inquire(at: changes.inquiriesDue)
        }
    }
}
