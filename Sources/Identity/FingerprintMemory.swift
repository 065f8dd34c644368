/// Whose certificate was seen where, from the bodies that came with it (spec 6.1 b). Survives changes of the table: what it
/// remembers of a machine that is another one now is of no use, but does no harm.
struct FingerprintMemory: Sendable {
    enum Entry: Sendable {
        case proved(MachineIdentity, Proof)
        /// This machine's kubelet was asked and could not tell who it is: no use in asking again.
        case silent(MachineIdentity)
    }

    /// What the bearer's bodies showed.
    enum Proof: Sendable {
        /// No name.
        case machineIDs
        case name
        /// The name, while several nodes had this machine's ids: it told them apart.
        case nameAmongSeveral
    }

    private var entries: [CertificateFingerprint: Entry] = [:]
    /// Some 200 bytes each. A fleet of 65,000 nodes has as many at a time, and new ones with each rotation.
    private static let maximumCount = 200_000

    subscript(fingerprint: CertificateFingerprint) -> Entry? { entries[fingerprint] }

    /// The last proof counts: a kubelet that was renamed keeps its certificate, and so may a cloned machine.
    mutating func prove(_ fingerprint: CertificateFingerprint, is machine: MachineIdentity, by proof: Proof) {
        if case .proved(let known, let knownProof) = entries[fingerprint] {
            if known == machine, knownProof == proof { return }
            // Ids add nothing to a name.
            if proof == .machineIDs, knownProof != .machineIDs, known.isSame(as: machine) { return }
        }
        put(.proved(machine, proof), fingerprint)
    }

    mutating func noteSilence(_ fingerprint: CertificateFingerprint, of machine: MachineIdentity) {
        if case .proved = entries[fingerprint] { return }
        put(.silent(machine), fingerprint)
    }

    mutating func forget(_ fingerprint: CertificateFingerprint) { entries[fingerprint] = nil }

    /// Its bearer turned out to be another machine.
    mutating func forget(_ fingerprint: CertificateFingerprint, of machine: MachineIdentity) {
        switch entries[fingerprint] {
        case .proved(let known, _), .silent(let known): if known.isSame(as: machine) { forget(fingerprint) }
        case nil: break
        }
    }

    private mutating func put(_ entry: Entry, _ fingerprint: CertificateFingerprint) {
        // Certificates come and go: starting afresh now and then is cheaper than following them.
        if entries.count >= Self.maximumCount { entries.removeAll() }
        entries[fingerprint] = entry
    }
}
