/// Reads a pattern as Go's regexp/syntax does (flags Perl): accepts and refuses the same, with the same words, and writes
/// it down again in the dialect of the RE2 that does the matching. RE2 20220601 differs in that it lacks `(?<name>...)`,
/// has `\C`, allows letters outside ASCII in group names, and reads a repeat count of nine digits or more as literal text.
///
/// What RE2 alone can judge (names of Unicode classes) is left to it.
struct RegexpParser {
    private(set) var translation = String.UnicodeScalarView()
    /// Whether an escape names half a surrogate pair: a character to Go, but one that no valid text holds.
    var namesSurrogate = false
    /// Name of each group by index; nil for one without, and for the whole match at 0.
    private(set) var groupNames: [String?] = [nil]

    private let pattern: [Unicode.Scalar]
    var position = 0
    /// What lies before it is in `translation`.
    private var translated = 0
    /// Open groups, outermost first; the whole pattern is at 0.
    private var groups = [Group(flags: Flags(), index: nil)]
    private(set) var flags = Flags()
    /// Where the repetition operator before `position` begins, if one ends there.
    private var lastRepetition: Int?

    struct Flags {
        var foldsCase = false
        var isMultiline = false
        var dotMatchesNewline = false
        /// RE2's U: swaps the meaning of `x*` and `x*?`. Which one is meant never decides whether a pattern is legal.
        var prefersFewer = false
    }

    private struct Group {
        /// The flags outside, which hold again behind the group.
        let flags: Flags
        /// Nil for a group that does not capture.
        let index: Int?
        var branches: [RegexpNode] = []
        var branch: [RegexpNode] = []

        /// As Go, a sequence within a sequence is one sequence.
        mutating func endBranch() {
            let nodes = branch.flatMap { node in
                if case .concatenation(let nodes) = node.kind { nodes } else { [node] }
            }
            branches.append(
                nodes.isEmpty ? RegexpNode(.empty) : nodes.count == 1 ? nodes[0] : RegexpNode(.concatenation(nodes)))
            branch = []
        }

        mutating func node() -> RegexpNode {
            endBranch()
            let content = branches.count == 1 ? branches[0] : RegexpNode(.alternation(branches))
            guard let index else { return content }
            return RegexpNode(.group(content, index: index))
        }
    }

    init(_ pattern: String) { self.pattern = Array(pattern.unicodeScalars) }

    /// The tree of the whole pattern.
    mutating func parse() throws(RegexpSyntaxError) -> RegexpNode {
        while position < pattern.count {
            let start = position
            lastRepetition = try parseElement() ? start : nil
        }
        translate(upTo: pattern.count)
        guard groups.count == 1 else { throw error("missing closing )", from: 0) }
        return try checked(groups[0].node())
    }

    // MARK: - Reading

    var isAtEnd: Bool { position == pattern.count }

    func peek(_ offset: Int = 0) -> Unicode.Scalar? {
        position + offset < pattern.count ? pattern[position + offset] : nil
    }

    mutating func skip(_ text: String) -> Bool {
        guard pattern[position...].starts(with: text.unicodeScalars) else { return false }
        position += text.unicodeScalars.count
        return true
    }

    /// The error that blames the pattern from `start` to the position, or to its end.
    func error(_ problem: String, from start: Int, to end: Int? = nil) -> RegexpSyntaxError {
        var expression = String.UnicodeScalarView()
        expression.append(contentsOf: pattern[start..<(end ?? pattern.count)])
        return RegexpSyntaxError(problem: problem, expression: String(expression))
    }

    // MARK: - Building

    mutating func append(_ kind: RegexpNode.Kind) throws(RegexpSyntaxError) { try append(RegexpNode(kind)) }

    private mutating func append(_ node: RegexpNode) throws(RegexpSyntaxError) {
        groups[groups.count - 1].branch.append(try checked(node))
    }

    private func checked(_ node: RegexpNode) throws(RegexpSyntaxError) -> RegexpNode {
        guard node.size <= RegexpNode.maximumSize else { throw error("expression too large", from: 0) }
        guard node.height <= RegexpNode.maximumHeight else { throw error("expression nests too deeply", from: 0) }
        return node
    }

    private mutating func translate(upTo end: Int) {
        translation.append(contentsOf: pattern[translated..<end])
        translated = end
    }

    // MARK: - Grammar

    /// Reads one element; says whether it was a repetition operator.
    private mutating func parseElement() throws(RegexpSyntaxError) -> Bool {
        let start = position
        let scalar = pattern[position]
        position += 1
        switch scalar {
        case "(": try openGroup(from: start)
        case ")": try closeGroup()
        case "|": groups[groups.count - 1].endBranch()
        case "^": try append(flags.isMultiline ? .opaque : .beginText)
        case "$": try append(flags.isMultiline ? .opaque : .endText)
        case ".": try append(flags.dotMatchesNewline ? .anyCharacter : .opaque)
        case "[": try parseClass(from: start)
        case "\\": try parseBackslash(from: start)
        case "*", "+", "?":
            try repeatLast(from: start) {
                scalar == "*" ? .zeroOrMore($0) : scalar == "+" ? .oneOrMore($0) : .optional($0)
            }
            return true
        case "{":
            guard let (minimum, maximum) = try parseCounts(from: start) else {
                position = start + 1
                try append(.literal(scalar, foldsCase: flags.foldsCase))
                return false
            }
            try repeatLast(from: start) { .repeated($0, minimum: minimum, maximum: maximum) }
            return true
        default: try append(.literal(scalar, foldsCase: flags.foldsCase))
        }
        return false
    }

    private mutating func closeGroup() throws(RegexpSyntaxError) {
        guard groups.count > 1 else { throw error("unexpected )", from: 0) }
        let node = groups[groups.count - 1].node()
        flags = groups[groups.count - 1].flags
        groups.removeLast()
        // A group that does not capture and holds nothing is still something to repeat.
        try append(node)
    }

    private mutating func repeatLast(
        from start: Int, _ kind: (RegexpNode) -> RegexpNode.Kind
    ) throws(RegexpSyntaxError) {
        _ = skip("?")
        if let lastRepetition {
            throw error("invalid nested repetition operator", from: lastRepetition, to: position)
        }
        guard let operand = groups[groups.count - 1].branch.popLast() else {
            throw error("missing argument to repetition operator", from: start, to: position)
        }
        let node = RegexpNode(kind(operand))
        try append(node)
        if case .repeated(_, let minimum, let maximum) = node.kind, max(minimum, maximum ?? 0) >= 2,
            !node.repeats(atMost: RegexpNode.maximumRepetition)
        {
            throw error("invalid repeat count", from: start, to: position)
        }
    }

    /// Reads `{2}`, `{2,}` or `{2,5}` behind its brace; nil where it is none, and then the brace is a literal.
    private mutating func parseCounts(from start: Int) throws(RegexpSyntaxError) -> (Int, Int?)? {
        guard let minimum = parseCount() else { return nil }
        var maximum: Int? = minimum
        if skip(",") {
            maximum = nil
            if peek() != "}" {
                guard let count = parseCount() else { return nil }
                maximum = count
            }
        }
        guard skip("}") else { return nil }
        guard max(minimum, maximum ?? 0) <= RegexpNode.maximumRepetition, minimum <= maximum ?? minimum else {
            throw error("invalid repeat count", from: start, to: position)
        }
        return (minimum, maximum)
    }

    /// A decimal number without leading zeros; too large a one is as good as 1,001.
    private mutating func parseCount() -> Int? {
        let start = position
        var count = 0
        while let digit = peek(), "0"..."9" ~= digit {
            count = min(count * 10 + Int(digit.value - 0x30), RegexpNode.maximumRepetition + 1)
            position += 1
        }
        guard position > start, position == start + 1 || pattern[start] != "0" else { return nil }
        return count
    }

    private mutating func openGroup(from start: Int) throws(RegexpSyntaxError) {
        guard peek() == "?" else {
            groups.append(Group(flags: flags, index: groupNames.count))
            groupNames.append(nil)
            return
        }
        // Go looks no further where fewer than one character follows `(?<`, two `(?P<`.
        if peek(1) == "P", peek(2) == "<", peek(3) != nil {
            position += 3
            try openNamedGroup(from: start)
        } else if peek(1) == "<", peek(2) != nil {
            position += 2
            try openNamedGroup(from: start)
            translate(upTo: start + 2)
            translation.append("P")
        } else {
            position += 1
            try parseFlags(from: start)
        }
    }

    private mutating func openNamedGroup(from start: Int) throws(RegexpSyntaxError) {
        let nameStart = position
        guard let end = pattern[nameStart...].firstIndex(of: ">") else {
            throw error("invalid named capture", from: start)
        }
        let name = pattern[nameStart..<end]
        position = end + 1
        guard !name.isEmpty, name.allSatisfy(Self.isWordCharacter) else {
            throw error("invalid named capture", from: start, to: position)
        }
        groups.append(Group(flags: flags, index: groupNames.count))
        groupNames.append(String(String.UnicodeScalarView(name)))
    }

    /// Reads the flags behind `(?`, up to the `:` that opens a group or the `)`.
    private mutating func parseFlags(from start: Int) throws(RegexpSyntaxError) {
        var new = flags
        var setting = true
        var sawFlag = false
        while let scalar = peek() {
            position += 1
            switch scalar {
            case "i": new.foldsCase = setting
            case "m": new.isMultiline = setting
            case "s": new.dotMatchesNewline = setting
            case "U": new.prefersFewer = setting
            case "-" where setting:
                setting = false
                sawFlag = false
                continue
            case ":" where setting || sawFlag:
                groups.append(Group(flags: flags, index: nil))
                flags = new
                return
            case ")" where setting || sawFlag:
                flags = new
                return
            default: throw error("invalid or unsupported Perl syntax", from: start, to: position)
            }
            sawFlag = true
        }
        throw error("invalid or unsupported Perl syntax", from: start, to: position)
    }

    static func isWordCharacter(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "0"..."9", "A"..."Z", "a"..."z", "_": true
        default: false
        }
    }
}
