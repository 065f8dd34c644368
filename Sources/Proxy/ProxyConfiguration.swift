import Connections
import Identity
import Settings

/// The settings in force, in the form in which scrapes use them. Made once a load, never changed.
final class ProxyConfiguration: Sendable {
    let settings: ProxySettings
    let allowedPaths: Set<String>
    let claimParameters: [String]
    let tls: TLSCredentials

    init(_ settings: ProxySettings) {
        self.settings = settings
        allowedPaths = Set(settings.upstream.paths)
        claimParameters = [settings.claims.parameter, settings.claims.uidParameter]
        let tls = settings.upstream.tls
        self.tls = TLSCredentials(
            caFile: tls.caFile, certFile: tls.clientCertificate?.certFile, keyFile: tls.clientCertificate?.keyFile,
            serverName: tls.serverName, skipsVerification: tls.insecureSkipVerify)
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
            allowLoopback: settings.nodes.allowLoopbackNodes, maxStaleness: settings.nodes.maxStaleness)
    }
}
