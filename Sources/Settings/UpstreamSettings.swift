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

extension ProxySettings {
    mutating func readUpstream(from root: SectionReader) {
        root.section("upstream") { upstream.read(from: $0) }
        if upstream.timeoutOffset >= upstream.scrapeTimeout {
            root.draft.refuse(
                together: ["upstream.timeout_offset", "upstream.scrape_timeout"],
                "\(PrometheusUnits.text(upstream.timeoutOffset)) is not less than scrape_timeout, "
                    + "\(PrometheusUnits.text(upstream.scrapeTimeout)): no time would be left")
        }
    }
}

extension UpstreamSettings {
    fileprivate mutating func read(from section: SectionReader) {
        section.read("via", into: &via, as: .choice)
        section.section("ports") { ports = UpstreamPorts(reading: $0) }
        readPaths(from: section)
        readAuthorization(from: section)
        section.section("tls") { tls.read(from: $0) }
        section.read("connect_timeout", into: &connectTimeout, as: .positiveDuration)
        section.read("scrape_timeout", into: &scrapeTimeout, as: .positiveDuration)
        section.read("timeout_offset", into: &timeoutOffset, as: .duration())
        section.read("coalesce", into: &coalesce, as: .bool)
    }

    private mutating func readPaths(from section: SectionReader) {
        guard let words = section.words("paths") else { return }
        if words.isEmpty { section.refuse("paths", "an empty list, nothing could be scraped: name a path") }
        for (index, path) in words.enumerated() {
            if let problem = ScrapePath.problem(with: path) {
                section.refuse("paths[\(index)]", problem)
            } else if let first = words.firstIndex(of: path), first < index {
                section.refuse("paths[\(index)]", "\(path) is paths[\(first)] already: remove one")
            }
        }
        paths = words
    }

    private mutating func readAuthorization(from section: SectionReader) {
        var source = AuthorizationSource.forward
        var file: String?
        section.read("authorization", into: &source, as: .choice)
        section.readFile("authorization_file", into: &file)
        let keys = [section.key("authorization_file"), section.key("authorization")]
        switch source {
        case .forward: authorization = .forward
        case .serviceAccount: authorization = .serviceAccount
        case .none: authorization = .none
        case .file:
            guard let file else {
                section.draft.refuse(
                    together: keys.reversed(), "file, but authorization_file is not set: name the file with the token")
                return
            }
            authorization = .file(file)
        }
        if source != .file, file != nil {
            section.draft.refuse(
                together: keys,
                "of no use with authorization: \(source.rawValue): write authorization: file or remove it")
        }
    }
}

/// `upstream.authorization` as it is written.
private enum AuthorizationSource: String, CaseIterable {
    case forward
    case serviceAccount = "service_account"
    case file, none
}

extension UpstreamPorts {
    /// A given list replaces the default one, so that a port can be taken away.
    fileprivate init(reading section: SectionReader) {
        self.init()
        (kubelet, numbered) = (nil, [:])
        if section.entries.isEmpty {
            section.draft.refuse(section.path, "an empty section, nothing could be scraped: name a port")
        }
        for entry in section.entries {
            var scheme = UpstreamScheme.https
            section.read(entry.key, into: &scheme, as: .choice)
            if entry.key == "kubelet" {
                kubelet = scheme
            } else if let port = UInt16(entry.key), port > 0, "\(port)" == entry.key {
                numbered[port] = scheme
            } else {
                section.refuse(entry.key, "no port: write kubelet or a number from 1 to 65535")
            }
        }
    }
}

extension UpstreamTLSSettings {
    fileprivate mutating func read(from section: SectionReader) {
        var (certFile, keyFile): (String?, String?)
        section.readFile("ca_file", into: &caFile)
        section.readFile("cert_file", into: &certFile)
        section.readFile("key_file", into: &keyFile)
        section.read("server_name", into: &serverName, as: .optionalText)
        section.read("insecure_skip_verify", into: &insecureSkipVerify, as: .bool)
        section.refuseAlone("cert_file", certFile, "key_file", keyFile)
        if let certFile, let keyFile {
            clientCertificate = ClientCertificateFiles(certFile: certFile, keyFile: keyFile)
        }
    }
}
