/// How kubelets are reached (spec 8).
package struct UpstreamSettings: Sendable, Equatable {
    package var via = UpstreamRoute.direct
    package var ports = UpstreamPorts()
    /// The allow-list of paths (spec 11.2).
    package var paths: [String] = [
        "/metrics", "/metrics/cadvisor", "/metrics/resource", "/metrics/probes", "/metrics/slis",
    ]
    package var authorization = UpstreamAuthorization.forward
    package var tls = UpstreamTLSSettings()
    package var connectTimeout = Duration.seconds(3)
    /// For a scraper that names none.
    package var scrapeTimeout = Duration.seconds(10)
    /// How much earlier than the scraper the proxy gives up (spec 8.4).
    package var timeoutOffset = Duration.milliseconds(250)
    package var coalesce = false

    package init() {}
}

package enum UpstreamRoute: String, CaseIterable, Sendable {
    case direct
    case apiServer = "api_server"
}

package enum UpstreamScheme: String, CaseIterable, Sendable {
    case http, https
}

/// What may be scraped on a node, and how: an allow-list (spec 3.1, 11.3).
package struct UpstreamPorts: Sendable, Equatable {
    /// The scheme of the port that the Node object reports; nil: that port only if it is listed by its number.
    package var kubelet: UpstreamScheme? = .https
    package var numbered: [UInt16: UpstreamScheme] = [10255: .http]

    package init() {}

    /// How `port` is scraped on a node whose kubelet listens on `kubeletPort`; nil: not at all.
    package func scheme(of port: UInt16, kubeletPort: UInt16?) -> UpstreamScheme? {
        if let kubelet, port == kubeletPort { return kubelet }
        return numbered[port]
    }
}

/// Which `Authorization` the kubelet sees (spec 8.2).
package enum UpstreamAuthorization: Sendable, Equatable {
    /// What the downstream sent.
    case forward
    case serviceAccount
    /// The token in this file.
    case file(String)
    case none
}

package struct UpstreamTLSSettings: Sendable, Equatable {
    /// Nil: the system's CAs.
    package var caFile: String?
    package var clientCertificate: ClientCertificateFiles?
    /// Nil: the address that is dialled.
    package var serverName: String?
    package var insecureSkipVerify = false

    package init() {}
}

package struct ClientCertificateFiles: Sendable, Equatable {
    package var certFile: String
    package var keyFile: String
}
