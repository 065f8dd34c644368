package import Discovery

/// Something that the answering kubelet shows of its identity (spec 6.1).
package enum Evidence: Sendable, Equatable {
    /// The node that a verified serving certificate names: `CN=system:node:NAME`.
    case certificate(node: String)
    /// A certificate that was seen before: what its bearer's answers proved then holds for it again.
    case fingerprint(CertificateFingerprint)
    /// `kubelet_node_name` in `/metrics`.
    case nodeName(String)
    /// The labels of `machine_*` in `/metrics/cadvisor`.
    case machine(NodeInfo)
    /// The machine that a certificate names which nobody verified: weak, but early.
    case hostNames([String])

    /// As metrics and logs spell it.
    package enum Kind: String, Sendable, CaseIterable {
        case certificate
        case fingerprint
        case nodeName = "node_name"
        case machine = "machine_id"
        case hostName = "self_signed"
    }

    package var kind: Kind {
        switch self {
        case .certificate: .certificate
        case .fingerprint: .fingerprint
        case .nodeName: .nodeName
        case .machine: .machine
        case .hostNames: .hostName
        }
    }

    /// The name of a node or host that it shows.
    var shownName: String? {
        switch self {
        case .certificate(let name), .nodeName(let name): name
        case .hostNames(let names): names.first
        case .fingerprint, .machine: nil
        }
    }
}

/// What a piece of evidence says about the node that an address should belong to.
package enum EvidenceJudgement: Sendable {
    case agrees
    /// The machine is the owner's: its ids, or a certificate that they alone proved. They stay what they are while its kubelet is
    /// restarted under another name.
    case agreesInMachine
    /// Another machine answers; which node's, if it is known.
    case contradicts(KnownNode?)
    /// Neither: something stronger must be looked for.
    case doubt
    /// It tells nothing.
    case nothing

    package var isAgreement: Bool {
        switch self {
        case .agrees, .agreesInMachine: true
        case .contradicts, .doubt, .nothing: false
        }
    }

    /// As the metric spells it.
    package var outcome: String {
        switch self {
        case .agrees, .agreesInMachine: "agrees"
        case .contradicts: "contradicts"
        case .doubt: "doubt"
        case .nothing: "nothing"
        }
    }
}

/// The SHA-256 of a certificate.
package struct CertificateFingerprint: Sendable, Hashable {
    private let words: SIMD4<UInt64>

    /// - Parameter bytes: 32 of them; nil for another number.
    package init?(_ bytes: [UInt8]) {
        guard bytes.count == 32 else { return nil }
        var words = SIMD4<UInt64>()
        for (position, byte) in bytes.enumerated() { words[position / 8] = words[position / 8] << 8 | UInt64(byte) }
        self.words = words
    }
}
