/// Whose certificate was seen where, from the bodies that came with it (spec 6.1 b). Survives changes of the table: what it
/// remembers of a machine that is another one now is of no use, but does no harm.
struct FingerprintMemory: Sendable {
    enum Entry: Sendable {
        /// - Parameter amongSeveral: several nodes had this machine's ids at that time, and the proof told them apart.
        case proved(MachineIdentity, amongSeveral: Bool)
        /// This machine's kubelet was asked and could not tell who it is: no use in asking again.
        case silent(MachineIdentity)
    }

    private var entries: [CertificateFingerprint: Entry] = [:]
    /// Some 200 bytes each. A fleet of 65,000 nodes has as many at a time, and new ones with each rotation.
    private static let maximumCount = 200_000

    subscript(fingerprint: CertificateFingerprint) -> Entry? { entries[fingerprint] }

    /// The last proof counts: a kubelet that was renamed keeps its certificate, and so may a cloned machine.
    mutating func prove(_ fingerprint: CertificateFingerprint, is machine: MachineIdentity, amongSeveral: Bool) {
        if case .proved(let known, amongSeveral) = entries[fingerprint], known == machine { return }
        put(.proved(machine, amongSeveral: amongSeveral), fingerprint)
    }

    mutating func noteSilence(_ fingerprint: CertificateFingerprint, of machine: MachineIdentity) {
        if case .proved = entries[fingerprint] { return }
        put(.silent(machine), fingerprint)
    }

    mutating func forget(_ fingerprint: CertificateFingerprint) { entries[fingerprint] = nil }

    private mutating func put(_ entry: Entry, _ fingerprint: CertificateFingerprint) {
        // Certificates come and go: starting afresh now and then is cheaper than following them.
        if entries.count >= Self.maximumCount { entries.removeAll() }
        entries[fingerprint] = entry
    }
}
