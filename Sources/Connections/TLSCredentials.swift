import Addressing
import TLS

/// How an upstream's TLS is verified and what we show it. Files are looked at at each dial, so a rotated one is used from the
/// next connection on (spec 8.1).
package struct TLSCredentials: Sendable, Equatable {
    /// PEM; nil: the system's CAs.
    package var caFile: String?
    package var certFile: String?
    package var keyFile: String?
    /// What the certificate must name; nil: the address dialled.
    package var serverName: String?
    package var skipsVerification: Bool
    /// Whether what the upstream shows is kept for its user.
    package var readsPeerCertificate: Bool
    /// PEM that is held in memory, as a kubeconfig has it: each in place of its file.
    package var caData: [UInt8]?
    package var certData: [UInt8]?
    package var keyData: [UInt8]?

    package init(
        caFile: String? = nil, certFile: String? = nil, keyFile: String? = nil, serverName: String? = nil,
        skipsVerification: Bool = false, readsPeerCertificate: Bool = false
    ) {
        self.caFile = caFile
        self.certFile = certFile
        self.keyFile = keyFile
        self.serverName = serverName
        self.skipsVerification = skipsVerification
        self.readsPeerCertificate = readsPeerCertificate
    }
}

extension TLSCredentials {
    /// What the certificate of a peer at that address must name.
    func peerName(at address: IPAddress) -> TLSClientContext.PeerName {
        guard let serverName else { return .address("\(address)") }
        return IPAddress(serverName) == nil ? .host(serverName) : .address(serverName)
    }
}
