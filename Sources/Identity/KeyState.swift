/// Claimants and ownership of one key at one time, to be compared with another time.
struct KeyState {
    var claimants: OneOrMore<KnownNode>?
    var ownership = Ownership.nobody

    /// Of a key that nobody claims.
    init() {}

    init(_ key: KeyClaims, _ ownership: Ownership) {
        claimants = key.claimants
        self.ownership = ownership
    }

    var isConflict: Bool { (claimants?.count ?? 0) > 1 }

    /// The claimants whose address another node owns.
    var staleIdentities: some Collection<KnownNode> {
        let owner = ownership.owner
        return (claimants.map { Array($0) } ?? []).filter { owner != nil && $0 !== owner }
    }

    /// How many there are, without making a list.
    var staleIdentityCount: Int {
        guard let claimants, ownership.owner != nil else { return 0 }
        return claimants.count - 1
    }
}
