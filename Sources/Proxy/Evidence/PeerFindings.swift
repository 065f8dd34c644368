import Connections
import Identity

/// What was found out about the kubelet at the other end of one connection. A connection ends at one machine for its whole
/// life, so this is found out once (spec 6).
final class PeerFindings {
    let certificate: CertificateFingerprint?
    /// The node that the peer was compared with; another one, or another machine under its name, is compared anew.
    private(set) var subject: KnownNode?
    /// Of its being the subject.
    private(set) var proof: Proof?
    /// What the first proof was.
    private(set) var provedBy: Evidence.Kind?
    /// Another machine's certificate: a proof must follow before anything is sent.
    var suspicion: Evidence?
    /// The certificate is for a host that nobody knows, and the kubelet was not asked yet.
    var isInDoubt = false
    /// The connection follows another one after a pause: the kubelet is to tell its name, and was not asked yet. Neither its
    /// machine's ids nor a certificate that it made for itself would tell that it was restarted under another one.
    private(set) var isToBeNamed = false
    private let isFollower: Bool
    private(set) var isSpared = false
    /// Its `/metrics` had no name to tell: it is too old, and no kubelet that was restarted under another one.
    var isNameless = false
    /// What its bodies were searched for already, in vain or not.
    var searched: Set<BodyEvidence> = []
    /// `mode: observe`: why scrapes over this connection would be dropped.
    var refusal: DropReason?

    enum Proof: Equatable {
        /// The machine's ids, which its kubelet has under another name as well.
        case machineIDs
        /// A certificate whose bearer was proved before: by its name, or by its ids alone.
        case certificate(isNamed: Bool)
        /// The node's name, in a verified certificate or by the kubelet itself: nothing that a body shows could change that.
        case name
    }

    /// - Parameter isFollower: see `FormerConnections`.
    init(certificate: CertificateFingerprint?, isFollower: Bool = false) {
        self.certificate = certificate
        self.isFollower = isFollower
    }

    /// Those of a connection, which has none yet.
    static func begin(on connection: UpstreamConnection, isFollower: Bool) -> PeerFindings {
        let certificate = connection.peerCertificate.flatMap { CertificateFingerprint($0.fingerprint) }
        let findings = PeerFindings(certificate: certificate, isFollower: isFollower)
        connection.findings = findings
        return findings
    }

    static func known(of connection: UpstreamConnection) -> PeerFindings? { connection.findings as? PeerFindings }

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
        (proof, provedBy) = (nil, nil)
        (isInDoubt, isNameless, isToBeNamed) = (false, false, isFollower)
        (suspicion, refusal) = (nil, nil)
        searched = []
    }

    func prove(_ proof: Proof, by kind: Evidence.Kind) {
        self.proof = proof
        provedBy = provedBy ?? kind
        isInDoubt = false
        if proof == .name { isToBeNamed = false }
        (suspicion, refusal) = (nil, nil)
    }

    /// A doubt that can't be settled is no evidence (spec 6.1).
    func endDoubt() { (isInDoubt, isToBeNamed) = (false, false) }

    /// Its kubelet is known not to answer to the question.
    func spare() {
        isSpared = true
        endDoubt()
    }
}

// MARK: What follows

extension PeerFindings {
    /// Whether enough was shown.
    func suffice(for demand: ProofDemand) -> Bool {
        switch (demand, proof) {
        case (.nothing, _), (_, .name): true
        case (.name, .certificate(isNamed: true)): true
        case (.name, .certificate(isNamed: false)), (_, .machineIDs): isNameless
        case (.nameAnew, .certificate), (_, nil): false
        }
    }

    /// Whether the kubelet is to be asked for its name before a scrape goes out over the connection.
    ///
    /// - Parameter brought: what the scrape's own answer can show, and need not be asked for.
    func mustBeAsked(for demand: ProofDemand, bringing brought: BodyEvidence?) -> Bool {
        if refusal != nil { return false }
        if suspicion != nil { return true }
        if suffice(for: demand) {
            if isInDoubt { return true }
            guard isToBeNamed, !isNameless else { return false }
        }
        switch brought {
        case .nodeName: return false
        case .machineIDs: return !isNameless
        case nil: return true
        }
    }

    /// Whether it is worth the while to look through an answer's body.
    func isToBeSearched(for brought: BodyEvidence, _ demand: ProofDemand) -> Bool {
        proof != .name && refusal == nil && !(searched.contains(brought) && suffice(for: demand))
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
