/// The syntax tree of a pattern, as far as deciding needs it: what limits Go sets, and which patterns need no engine.
struct RegexpNode {
    indirect enum Kind {
        case empty
        /// `foldsCase`: matches under simple case folding.
        case literal(Unicode.Scalar, foldsCase: Bool)
        /// One of a few characters, as `[ab]`.
        case anyOf([Unicode.Scalar])
        /// `.` that matches a line feed too.
        case anyCharacter
        /// A larger class, a word boundary, an anchor of lines: only the engine knows.
        case opaque
        case beginText
        case endText
        case optional(RegexpNode)
        case zeroOrMore(RegexpNode)
        case oneOrMore(RegexpNode)
        /// `maximum` nil: no limit.
        case repeated(RegexpNode, minimum: Int, maximum: Int?)
        case concatenation([RegexpNode])
        case alternation([RegexpNode])
        case group(RegexpNode, index: Int)
    }

    let kind: Kind
    /// Nodes from here to the deepest leaf.
    let height: Int
    /// Instructions that Go's compiler would make of it, at most `Int.max / 2`.
    let size: Int

    /// Go's limits: nodes nested in one another, instructions of a compiled pattern, copies that repetition makes.
    static let maximumHeight = 1000
    static let maximumSize = 128 << 20 / 40
    static let maximumRepetition = 1000

    init(_ kind: Kind) {
        self.kind = kind
        let subnodes = Self.subnodes(of: kind)
        height = 1 + (subnodes.lazy.map(\.height).max() ?? 0)
        let sum = subnodes.reduce(0) { min($0 + $1.size, Int.max / 4) }
        let size =
            switch kind {
            case .group, .zeroOrMore: 2 + sum
            case .oneOrMore, .optional: 1 + sum
            case .alternation(let branches): sum + max(branches.count - 1, 0)
            case .repeated(_, let minimum, let maximum):
                if let maximum {
                    Self.product(maximum, sum) + (maximum - minimum)
                } else if minimum == 0 {
                    2 + sum
                } else {
                    1 + Self.product(minimum, sum)
                }
            default: sum
            }
        self.size = min(max(1, size), Int.max / 4)
    }

    private static func product(_ count: Int, _ size: Int) -> Int {
        let (result, overflows) = count.multipliedReportingOverflow(by: size)
        return overflows ? Int.max / 4 : min(result, Int.max / 4)
    }

    private static func subnodes(of kind: Kind) -> [RegexpNode] {
        switch kind {
        case .concatenation(let nodes), .alternation(let nodes): nodes
        case .optional(let node), .zeroOrMore(let node), .oneOrMore(let node), .repeated(let node, _, _),
            .group(let node, _):
            [node]
        default: []
        }
    }

    /// Whether no part is repeated more than `limit` times, all repetitions around it multiplied.
    func repeats(atMost limit: Int) -> Bool {
        var limit = limit
        if case .repeated(_, let minimum, let maximum) = kind {
            let count = maximum ?? minimum
            if maximum == 0 { return true }
            if count > limit { return false }
            if count > 0 { limit /= count }
        }
        return Self.subnodes(of: kind).allSatisfy { $0.repeats(atMost: limit) }
    }
}
