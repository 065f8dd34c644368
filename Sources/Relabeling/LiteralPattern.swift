/// A pattern, or one branch of it, as literals with gaps between them: `container_.*_total`. Most patterns of relabel
/// rules are, and need no regex engine (the idea is that of Prometheus' FastRegexMatcher).
struct LiteralPattern: Equatable {
    enum Gap: UInt8 {
        case none
        /// `.*`
        case anything
        /// `.+`
        case something
    }

    struct Piece: Equatable {
        /// What may stand before the literal.
        var gap: Gap
        var literal: [UInt8]
    }

    /// Never empty; a trailing gap is the gap of an empty literal.
    private(set) var pieces: [Piece] = [Piece(gap: .none, literal: [])]

    var isLiteral: Bool { pieces.count == 1 }
    var literal: [UInt8] { pieces[0].literal }
    var gaps: Int { pieces.count - 1 }

    /// Nil where two gaps meet and together want two characters, which a gap can't say.
    fileprivate func appending(_ other: LiteralPattern) -> LiteralPattern? {
        var result = self
        result.pieces[pieces.count - 1].literal += other.pieces[0].literal
        guard let next = other.pieces.dropFirst().first else { return result }
        let last = result.pieces.count - 1
        if other.pieces[0].literal.isEmpty, last > 0, result.pieces[last].literal.isEmpty {
            guard result.pieces[last].gap == .anything || next.gap == .anything else { return nil }
            result.pieces[last].gap = result.pieces[last].gap == .anything ? next.gap : .something
            result.pieces[last].literal = next.literal
            result.pieces += other.pieces.dropFirst(2)
        } else {
            result.pieces += other.pieces.dropFirst()
        }
        return result
    }

    /// The most literals that an alternation may spell out, and the most branches with gaps, which are tried in turn.
    private static let literalLimit = 1024
    private static let gapLimit = 16

    /// The branches that together match what `node` does, whole texts only; nil where only the engine can tell.
    static func branches(of node: RegexpNode) -> [LiteralPattern]? {
        guard let result = expand(node) else { return nil }
        guard result.count <= literalLimit, result.count(where: { !$0.isLiteral }) <= gapLimit else { return nil }
        return result
    }

    private static func expand(_ node: RegexpNode) -> [LiteralPattern]? {
        switch node.kind {
        case .empty: return [LiteralPattern()]
        case .literal(let scalar, let foldsCase):
            guard !foldsCase || !scalar.properties.isCased && !scalar.properties.changesWhenCaseFolded else {
                return nil
            }
            return [LiteralPattern(pieces: [Piece(gap: .none, literal: Array(Character(scalar).utf8))])]
        case .anyOf(let scalars):
            return scalars.map { LiteralPattern(pieces: [Piece(gap: .none, literal: Array(Character($0).utf8))]) }
        case .zeroOrMore(let inner):
            guard case .anyCharacter = inner.kind else { return nil }
            return [LiteralPattern(gap: .anything)]
        case .oneOrMore(let inner):
            guard case .anyCharacter = inner.kind else { return nil }
            return [LiteralPattern(gap: .something)]
        case .optional(let inner): return expand(inner).map { $0 + [LiteralPattern()] }
        case .group(let inner, _): return expand(inner)
        case .alternation(let nodes):
            var result: [LiteralPattern] = []
            for node in nodes {
                guard let branches = expand(node), result.count + branches.count <= literalLimit else { return nil }
                result += branches
            }
            return result
        case .concatenation(let nodes):
            var result = [LiteralPattern()]
            for node in nodes {
                guard let next = expand(node), result.count * next.count <= literalLimit else { return nil }
                var product: [LiteralPattern] = []
                for left in result {
                    for right in next {
                        guard let joined = left.appending(right) else { return nil }
                        product.append(joined)
                    }
                }
                result = product
            }
            return result
        case .anyCharacter, .opaque, .beginText, .endText, .repeated: return nil
        }
    }

    private init() {}
    private init(pieces: [Piece]) { self.pieces = pieces }
    private init(gap: Gap) { pieces.append(Piece(gap: gap, literal: [])) }
}
