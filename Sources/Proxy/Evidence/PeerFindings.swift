import Connections
import Identity

/// What was found out about the kubelet at the other end of one connection. A connection ends at one machine for its whole
/// life, so this is found out once (spec 6).
final class PeerFindings {
    let certificate: CertificateFingerprint?
    /// The node that the peer was compared with; another one, or another machine under its name, is compared anew.
    private(set) var subject: KnownNode?
    /// Proved to be the subject.
    private(set) var isProved = false
    /// What the first proof was.
    private(set) var provedBy: Evidence.Kind?
    /// Nothing that a body shows could change that.
    private(set) var isFinal = false
    /// Another machine's certificate: a proof must follow before anything is sent.
    var suspicion: Evidence?
    /// The certificate is for a host that nobody knows, and the kubelet was not asked yet.
    var isInDoubt = false
    /// What its bodies were searched for already, in vain or not.
    var searched: Set<BodyEvidence> = []
    /// `mode: observe`: why scrapes over this connection would be dropped.
    var refusal: DropReason?

    init(_ connection: UpstreamConnection) {
        certificate = connection.peerCertificate.flatMap { CertificateFingerprint($0.fingerprint) }
    }

    static func of(_ connection: UpstreamConnection) -> PeerFindings {
        if let known = connection.findings as? PeerFindings { return known }
        let fresh = PeerFindings(connection)
        connection.findings = fresh
        return fresh
    }

    /// Whether what was found out is about this node; its newest object is kept, so that the next look is quick.
    func concern(_ owner: KnownNode) -> Bool {
        guard let subject else { return false }
        if subject === owner { return true }
        guard subject.isSameMachine(as: owner) else { return false }
        self.subject = owner
        return true
    }

    /// Begins to compare with another node.
    func begin(with owner: KnownNode) {
        subject = owner
        (isProved, isFinal, isInDoubt) = (false, false, false)
        (suspicion, refusal) = (nil, nil)
        searched = []
        provedBy = nil
    }

    /// Whether the peer was proved to be the subject, and by nothing that was overruled meanwhile at its address.
    func suffice(_ check: EvidenceCheck) -> Bool { isProved && (isFinal || !check.outranksMachineIDs) }

    func prove(by kind: Evidence.Kind, isFinal: Bool) {
        isProved = true
        provedBy = provedBy ?? kind
        self.isFinal = isFinal
        isInDoubt = false
        (suspicion, refusal) = (nil, nil)
    }
}

/// The evidence that the body at a path can bring (vectors/kubelet).
enum BodyEvidence: Hashable {
    case nodeName
    case machineIDs

    init?(path: String) {
        switch path {
        case "/metrics": self = .nodeName
        case "/metrics/cadvisor": self = .machineIDs
        default: return nil
        }
    }
}

extension PeerCertificate {
    /// NAME of `CN=system:node:NAME`.
    var nodeName: String? {
        guard let commonName, commonName.hasPrefix(Self.prefix) else { return nil }
        return String(commonName.dropFirst(Self.prefix.count))
    }

    private static let prefix = "system:node:"

    /// Whom a certificate that nobody verified is for: HOST of `CN=HOST@<time>`, the DNS names beside it, or the node of a
    /// certificate that some CA issued.
    var hostNames: [String] {
        var names = dnsNames
        let host =
            nodeName
            ?? commonName.flatMap { $0.split(separator: "@").count == 2 ? String($0.prefix { $0 != "@" }) : nil }
        if let host, !names.contains(host) { names.insert(host, at: 0) }
        return names
    }
}
