import Discovery

/// What evidence has told of one key. It holds until one of the nodes that claim the key changes (spec 6.3, 6.4).
final class LearnedEvidence: Sendable {
    enum Lesson: Sendable {
        /// Of several Ready claimants this one's kubelet answers.
        case answerer(name: String, by: Evidence.Kind)
        /// The kubelet was asked and told nothing that tells the claimants apart.
        case undecided
        /// The kubelet that answers is not the owner's.
        case refuted(Refutation)
    }

    let lesson: Lesson?
    /// Machine ids that contradicted the owner, while stronger evidence proved it.
    let outrankedIDs: NodeInfo?
    private let claimants: [Claimant]

    private struct Claimant: Sendable, Equatable {
        let machine: MachineIdentity
        let isReady: Bool

        init(_ node: KnownNode) {
            machine = node.machine
            isReady = node.isReady
        }
    }

    init(_ lesson: Lesson?, outrankedIDs: NodeInfo? = nil, among claimants: OneOrMore<KnownNode>) {
        self.lesson = lesson
        self.outrankedIDs = outrankedIDs
        self.claimants = claimants.map(Claimant.init)
    }

    var refutation: Refutation? { if case .refuted(let refutation) = lesson { refutation } else { nil } }

    func holds(for claimants: OneOrMore<KnownNode>) -> Bool {
        claimants.count == self.claimants.count && zip(claimants, self.claimants).allSatisfy { Claimant($0) == $1 }
    }
}

/// Evidence that contradicted the owner of a key.
package struct Refutation: Sendable, Equatable {
    package let owner: String
    package let kind: Evidence.Kind
    /// What the kubelet calls itself, as far as that was seen.
    package let shown: String?
}

/// What a key asks of the next scrape, beyond what `verify_identity` does.
package enum EvidenceDemand: Sendable, Equatable {
    case none
    /// The owner was contradicted: it must be proved (spec 6.3).
    case proof
    /// Several claimants are Ready, and the kubelet was not asked yet (spec 6.4).
    case inquiry
}

/// A node and the machine behind it, as far as the Node object tells: what proofs are about.
package struct MachineIdentity: Sendable, Equatable {
    package let name: String
    package let uid: String
    let machineID: String
    let systemUUID: String

    /// An id that a young node has yet to fill differs from none.
    package func isSame(as other: MachineIdentity) -> Bool {
        func differ(_ left: String, _ right: String) -> Bool { !left.isEmpty && !right.isEmpty && left != right }
        return name == other.name && uid == other.uid && !differ(machineID, other.machineID)
            && !differ(systemUUID, other.systemUUID)
    }
}
