import CRE2

/// Says whether a whole text matches: by its literals where the pattern has but these, else by asking the engine. Points
/// into the memory of the ``RelabelRegexp`` that made it.
@safe struct TextMatcher: BitwiseCopyable {
    enum Means: UInt8 {
        case always
        case oneLiteral
        case branches
        case engine
    }

    let means: Means
    /// Lengths of what can match, in bytes.
    private let shortest: Int
    private let longest: Int
    /// Every match begins with one of these; empty where they would tell nothing.
    private let prefixes: Frozen<ByteRun>
    private let onlyLiteral: ByteRun
    private let literals: LiteralSet
    private let patterns: Frozen<FrozenPattern>
    private let engine: OpaquePointer

    init(branches: [LiteralPattern]?, prefixes: [[UInt8]], engine: OpaquePointer, memory: FrozenMemory) {
        unsafe self.engine = engine
        let branches = branches ?? []
        let literals = branches.filter(\.isLiteral)
        let patterns = branches.filter { !$0.isLiteral }.map { FrozenPattern($0, in: memory) }
        self.literals = LiteralSet(literals.map(\.literal), in: memory)
        self.patterns = memory.freeze(patterns)
        means =
            if branches.isEmpty {
                .engine
            } else if patterns.contains(where: \.matchesAnything) {
                .always
            } else if patterns.isEmpty, literals.count == 1 {
                .oneLiteral
            } else {
                .branches
            }
        shortest = branches.map(\.minimumCount).min() ?? 0
        longest = means == .engine || !patterns.isEmpty ? Int.max : literals.map(\.literal.count).max() ?? 0
        onlyLiteral = memory.freeze(literals.first?.literal ?? [])
        self.prefixes =
            prefixes.contains([]) ? memory.freeze([ByteRun]()) : memory.freeze(prefixes.map { memory.freeze($0) })
    }

    @inline(__always) func matches(_ text: ByteRun) -> Bool {
        switch means {
        case .always: return true
        case .oneLiteral: return text == onlyLiteral
        case .branches:
            guard text.count >= shortest, text.count <= longest else { return false }
            if literals.count > 0, literals.contains(text) { return true }
            for index in 0..<patterns.count where patterns[index].matches(text) { return true }
            return false
        case .engine: return unsafe cre2_match(engine, text.start, text.count, 0, nil, 0)
        }
    }

    /// Whether a text of `count` bytes that begins with `start` can match at all: where not, it need not be put together.
    @inline(__always) func canMatch(startingWith start: ByteRun, count: Int) -> Bool {
        guard count >= shortest, count <= longest else { return false }
        guard prefixes.count > 0, start.count > 0 else { return true }
        for index in 0..<prefixes.count where prefixes[index][0] == start[0] {
            let prefix = prefixes[index]
            if start.count < prefix.count ? prefix.starts(with: start) : start.starts(with: prefix) { return true }
        }
        return false
    }
}

/// A ``LiteralPattern`` laid out for matching.
private struct FrozenPattern: BitwiseCopyable {
    struct Piece: BitwiseCopyable {
        let gap: LiteralPattern.Gap
        let literal: ByteRun
    }

    private let pieces: Frozen<Piece>
    private let minimumCount: Int

    init(_ pattern: LiteralPattern, in memory: FrozenMemory) {
        pieces = memory.freeze(pattern.pieces.map { Piece(gap: $0.gap, literal: memory.freeze($0.literal)) })
        minimumCount = pattern.minimumCount
    }

    var matchesAnything: Bool { minimumCount == 0 }

    /// Each literal is taken where it first occurs: if a match exists at all, there is one with these.
    @inline(__always) func matches(_ text: ByteRun) -> Bool {
        let last = pieces[pieces.count - 1]
        guard text.count >= minimumCount, text.starts(with: pieces[0].literal), text.ends(with: last.literal) else {
            return false
        }
        let end = text.count - last.literal.count
        var position = pieces[0].literal.count
        for index in 1..<(pieces.count - 1) {
            let piece = pieces[index]
            // One byte will do for `.+`: a literal begins where a character does.
            let from = position + (piece.gap == .something ? 1 : 0)
            guard from <= end, let found = text.slice(0, end).firstOffset(of: piece.literal, from: from) else {
                return false
            }
            position = found + piece.literal.count
        }
        return end - position >= (last.gap == .something ? 1 : 0)
    }
}

extension LiteralPattern {
    /// The least bytes of a text that matches.
    fileprivate var minimumCount: Int {
        pieces.reduce(0) { $0 + $1.literal.count + ($1.gap == .something ? 1 : 0) }
    }
}
