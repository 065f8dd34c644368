package import Relabeling

/// Everything that config.yaml says, with its defaults: an empty file is `ProxySettings()`.
/// Values that the reader let through are valid and fit together; paths of files are as the process can open them.
package struct ProxySettings: Sendable {
    package var mode = ProxyMode.enforce
    package var listeners = [ListenerSettings()]
    package var admin = AdminSettings()
    package var nodes = NodeSettings()
    package var claims = ClaimSettings()
    package var onStale = StalePolicy.drop
    /// Nil: three scrape intervals as seen, at least one minute (spec 5.1).
    package var takeoverWindow: Duration?
    package var verifyIdentity = IdentityVerification.opportunistic
    package var stamp: [Stamp] = []
    package var honorLabels = false
    package var metricRelabelConfigs: [RelabelConfig] = []
    package var upstream = UpstreamSettings()
    package var limits = LimitSettings()
    package var log = LogSettings()
    package var shutdownTimeout = Duration.seconds(25)

    package init() {}
}

/// Whether verdicts are carried out or only reported (spec 5.2).
package enum ProxyMode: String, CaseIterable, Sendable {
    case enforce, observe
}

/// What becomes of a scrape for a stale identity (spec 5.1).
package enum StalePolicy: String, CaseIterable, Sendable {
    case drop, rewrite
}

/// How much evidence of the kubelet's identity is asked for (spec 6.2).
package enum IdentityVerification: String, CaseIterable, Sendable {
    case off, opportunistic, require
}

extension ProxySettings {
    /// Whether kubelets are asked who they are. Through the API server nobody is seen but the API server.
    package var checksEvidence: Bool { verifyIdentity != .off && upstream.via == .direct }
}
