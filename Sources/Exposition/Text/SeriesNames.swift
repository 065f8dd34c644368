/// What became of the series of each metric name so far. Bounded: past ``limit`` names, further ones are forgotten.
struct SeriesNames {
    struct Fate: OptionSet {
        let rawValue: UInt8
        /// A series of that name left under that name.
        static let survived = Fate(rawValue: 1)
        /// A series of that name was dropped or renamed.
        static let removed = Fate(rawValue: 2)
        /// HELP, TYPE or UNIT name it as their family.
        static let hasMetadata = Fate(rawValue: 4)
    }

    private static let limit = 1 << 16
    private var fates: [UInt64: Fate] = [:]

    subscript(hash: UInt64) -> Fate { fates[hash] ?? [] }

    mutating func insert(_ fate: Fate, for hash: UInt64) {
        guard fates.count < Self.limit || fates[hash] != nil else { return }
        fates[hash, default: []].insert(fate)
    }
}
