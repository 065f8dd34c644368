import Addressing

/// What `run` was asked for.
struct RunSettings: Sendable {
    var scenarios: [ScenarioName]
    var targets: Int
    /// Seconds, as all times here.
    var interval: Double
    var cadvisorInterval: Double
    var duration: Double
    /// At the beginning of it; not timed.
    var warmUp: Double
    var seed: UInt64
    var bodyBytes: Int
    var cadvisorBytes: Int
    var proxy: ProxyChoice
    var door: ScrapeDoor
    var label: String
    /// The second byte of the loopback addresses that this run has for itself.
    var network: UInt8

    enum ProxyChoice: Sendable {
        /// The program and its configuration.
        case own(String, ProxyConfiguration)
        case other(SocketAddress)
        case none

        var isNone: Bool { if case .none = self { true } else { false } }
    }

    var route: String {
        switch (proxy, door) {
        case (.none, _): "direct"
        case (_, .absolute): "proxy"
        case (_, .intercepted): "intercepted"
        }
    }

    /// The jobs of a usual kubelet monitoring.
    static let paths = ["/metrics", "/metrics/cadvisor", "/metrics/probes"]

    /// Where the CA lies by which the proxy intercepts.
    static func interceptionCA(in folder: String) -> String { "\(folder)/interception" }

    var intervals: [String: Double] {
        Dictionary(
            uniqueKeysWithValues: Self.paths.map { ($0, $0 == "/metrics/cadvisor" ? cadvisorInterval : interval) })
    }

    /// Prometheus' default, but never longer than an interval, which it would refuse.
    var timeout: Double { min(10, interval, cadvisorInterval) }

    /// Prometheus hands on what discovery found each five seconds.
    var discoveryLag: Double { min(5, interval / 2) }

    /// Seconds before a scenario begins in which the scraper is told of its targets.
    var lead: Double { 0.2 + Double(targets) / 10_000 }

    /// Whether answers may hold fewer samples than the kubelet's: rules say so, or nobody knows.
    var mayDropSamples: Bool {
        switch proxy {
        case .own(_, let configuration): configuration.hasRules
        case .other: true
        case .none: false
        }
    }
}

extension ScenarioOutcome.Run {
    init(_ settings: RunSettings) {
        self.init(
            targets: settings.targets, intervalSeconds: settings.interval,
            cadvisorIntervalSeconds: settings.cadvisorInterval, bodyBytes: settings.bodyBytes,
            cadvisorBytes: settings.cadvisorBytes,
            durationSeconds: settings.duration, warmUpSeconds: settings.warmUp, seed: settings.seed,
            route: settings.route, label: settings.label)
    }
}
