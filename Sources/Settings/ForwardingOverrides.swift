/// What `forward` says on top of a configuration that was written for `serve`: it stands alone on a workstation.
package struct ForwardingOverrides: Sendable {
    /// `--via`; nil: through the API server, unless nodes come from a file.
    package var via: UpstreamRoute?
    /// `--ca-file`
    package var caFile: String?
    /// `--insecure-skip-tls-verify`
    package var insecureSkipVerify = false
    /// Lines of scrapes tell enough.
    package var logLevel = LogLevel.warn

    package init() {}
}

extension ProxySettings {
    /// Who may call and what is listened on is the workstation's affair; rules, limits, claims, ports and paths are the file's.
    mutating func standAlone(_ forwarding: ForwardingOverrides, draft: SettingsDraft) {
        listeners = [ListenerSettings()]
        // Not listened on; no address of the proxy's is taken by it.
        admin = AdminSettings()
        admin.address = .loopback(port: 0)
        log.level = forwarding.logLevel
        if let via = forwarding.via {
            upstream.via = via
        } else if case .file = nodes.source {
            upstream.via = .direct
        } else {
            upstream.via = .apiServer
        }
        if upstream.via == .apiServer {
            upstream.tls = UpstreamTLSSettings()
            upstream.authorization = .forward
            verifyIdentity = .off
        }
        draft.overrideFile(
            "upstream.tls.ca_file", with: forwarding.caFile, flag: "--ca-file", into: &upstream.tls.caFile)
        if forwarding.insecureSkipVerify { upstream.tls.insecureSkipVerify = true }
    }
}
