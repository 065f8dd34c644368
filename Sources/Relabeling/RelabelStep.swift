/// One rule, or part of one, made ready for one scrape: what is known beforehand is filled in, labels are numbers. Points
/// into the memory of its ``ScrapeRelabeler`` and of the rules' patterns.
@safe struct RelabelStep: BitwiseCopyable {
    enum Kind: UInt8 {
        case drop
        case keep
        case dropEqual
        case keepEqual
        case replace
        /// Replace that takes the joined sources as they are, whatever they are.
        case copy
        /// Replace with a constant, whatever the series.
        case assign
        /// The same for a label beginning with `__`, which counts only where the body has one of its own.
        case assignOwn
        case hashmod
        case lowercase
        case uppercase
        case labelMap
        case labelDrop
        case labelKeep
    }

    let kind: Kind
    /// Only labels beginning with `__`, other than `__name__`, can be meant.
    var concernsReservedOnly = false
    var sources = Frozen<Source>.none
    var separator = ByteRun.empty
    var regexp = Frozen<CompiledRegexp>.none
    /// Negative where `targetTemplate` says which.
    var target = -1
    var targetTemplate = Frozen<TemplatePart>.none
    var replacement = Frozen<TemplatePart>.none
    /// What ``Kind/assign`` writes; empty removes.
    var constant = ByteRun.empty
    var modulus: UInt64 = 1
    /// Where the verdicts on names are kept, for steps that judge names.
    var nameMemo = -1
    /// Which ``MatchCache`` is its own; negative for steps that need none.
    var matchCache = -1

    struct Source: BitwiseCopyable {
        /// Negative where it is a constant.
        let label: Int
        let constant: ByteRun
    }

    struct TemplatePart: BitwiseCopyable {
        let literal: ByteRun
        /// Empty for a literal.
        let groups: Frozen<Int>

        /// `offsets` hold a match in `subject`.
        @inline(__always) func text(in subject: ByteRun, offsets: UnsafeMutablePointer<Int32>) -> ByteRun {
            guard groups.count > 0 else { return literal }
            for index in 0..<groups.count {
                let start = unsafe Int(offsets[2 * groups[index]])
                if start >= 0 { return unsafe subject.slice(start, Int(offsets[2 * groups[index] + 1])) }
            }
            return .empty
        }
    }
}

extension Frozen {
    /// No elements, and no memory.
    static var none: Frozen { unsafe Frozen(start: UnsafePointer(bitPattern: 16).unsafelyUnwrapped, count: 0) }
}

/// All steps for one scrape.
@safe struct RelabelProgram: BitwiseCopyable {
    /// Names with a fixed number, `__name__` first.
    var names = Frozen<ByteRun>.none
    var stamps = Frozen<FrozenStamp>.none
    var honorsLabels = false
    /// Drop and keep by the name that the body gives, which come first wherever they stood: dropping has no side effects.
    var nameSteps = Frozen<RelabelStep>.none
    var steps = Frozen<RelabelStep>.none
    var dropsEverything = false
    /// How many steps keep verdicts on names.
    var nameMemos = 0
    /// How many steps take the engine to find groups.
    var matchCaches = 0
    /// Of the pattern with the most, the whole match included.
    var groupCount = 1
    var wantsFingerprints = false

    struct FrozenStamp: BitwiseCopyable {
        let label: Int
        let value: ByteRun
    }
}
