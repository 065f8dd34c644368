import Connections
import Exposition
import Identity
import Relabeling
import Settings

/// The settings in force, in the form in which scrapes use them. Made once a load, never changed.
final class ProxyConfiguration: Sendable {
    let settings: ProxySettings
    /// Few and short: looking through them beats a hash.
    let allowedPaths: [String]
    let claimParameters: [String]
    let tls: TLSCredentials
    let rules: RelabelRules
    let rewriteLimits: RewriteLimits
    let timeout: ScrapeTimeout
    /// Whether the scraper's own credentials go on to the kubelet.
    let forwardsAuthorization: Bool
    /// Whether kubelets are looked at (spec 6).
    let checksEvidence: Bool

    init(_ settings: ProxySettings) {
        self.settings = settings
        allowedPaths = settings.upstream.paths
        claimParameters = [settings.claims.parameter, settings.claims.uidParameter]
        rules = RelabelRules(
            settings.metricRelabelConfigs, stamps: settings.stamp, honorsLabels: settings.honorLabels)
        rewriteLimits = RewriteLimits(
            bodySize: settings.limits.bodySizeLimit ?? 0, samples: settings.limits.sampleLimit ?? 0,
            labels: settings.limits.labelLimit ?? 0, sampleLength: settings.limits.sampleLength)
        timeout = ScrapeTimeout(settings.upstream)
        checksEvidence = settings.checksEvidence
        forwardsAuthorization = settings.upstream.authorization == .forward
        let tls = settings.upstream.tls
        self.tls = TLSCredentials(
            caFile: tls.caFile, certFile: tls.clientCertificate?.certFile, keyFile: tls.clientCertificate?.keyFile,
            serverName: tls.serverName, skipsVerification: tls.insecureSkipVerify,
            readsPeerCertificate: settings.checksEvidence)
    }

    /// Whether a body must be read to be held to a limit, though nothing is to change in it (spec 7.10).
    var limitsBodies: Bool {
        rewriteLimits.bodySize > 0 || rewriteLimits.samples > 0 || rewriteLimits.labels > 0
    }
}

extension IdentityPolicy {
    init(_ settings: ProxySettings) {
        let missingClaim: MissingClaim =
            switch settings.claims.missing {
            case .dropAmbiguous: .dropAmbiguous
            case .forward: .forward
            case .drop: .drop
            }
        self.init(
            notReady: settings.nodes.notReady == .sole ? .sole : .drop, missingClaim: missingClaim,
            ports: Ports(
                kubelet: settings.upstream.ports.kubelet != nil, others: Set(settings.upstream.ports.numbered.keys)),
            allowLoopback: settings.nodes.allowLoopbackNodes,
            neverDials: settings.upstream.via == .apiServer, maxStaleness: settings.nodes.maxStaleness,
            checksEvidence: settings.checksEvidence)
    }
}
