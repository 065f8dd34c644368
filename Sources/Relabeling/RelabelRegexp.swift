import CRE2

/// A regular expression as relabel rules have them: Go's syntax, against the whole text, `.` matching a line feed too.
///
/// RE2 matches, of which Go's regexp is a port; ``RegexpParser`` bridges what they differ in. Patterns of literals and
/// `.*` alone are matched without it.
@safe package final class RelabelRegexp: Sendable {
    /// As it was written, without the anchors.
    package let pattern: String
    /// By index; the whole match, at 0, and groups without a name have none.
    let groupNames: [String?]
    /// What matches whole texts; nil where that takes the engine.
    let branches: [LiteralPattern]?
    /// False for `a)|(?:b`, which breaks out of the anchors: legal in Prometheus.
    let isAnchored: Bool
    let compiled: CompiledRegexp
    /// Groups that are the whole text in every match.
    let wholeGroups: Set<Int>
    /// Every match begins with one of these.
    let prefixes: [[UInt8]]

    private let memory = FrozenMemory()
    private let engine: Engine

    package init(_ pattern: String) throws(RegexpSyntaxError) {
        self.pattern = pattern
        var parser = RegexpParser("^(?s:\(pattern))$")
        let tree = try parser.parse()
        engine = try Engine(String(parser.translation), original: pattern)
        groupNames = parser.groupNames
        let inner = parser.namesSurrogate ? nil : tree.withoutAnchors
        isAnchored = tree.withoutAnchors != nil
        branches = inner.flatMap { LiteralPattern.branches(of: $0.withoutRedundantAnchors) }
        prefixes = inner?.leadingLiterals.map(\.bytes) ?? [[]]
        let groupCount = parser.groupNames.count
        let positions =
            branches == nil
            ? nil : inner.flatMap { GroupPositions(of: $0.withoutRedundantAnchors, groupCount: groupCount - 1) }
        wholeGroups = Set(positions?.groups.indices.filter { positions?.groups[$0].isWhole == true } ?? [0])
        compiled = unsafe CompiledRegexp(
            matcher: TextMatcher(branches: branches, prefixes: prefixes, engine: engine.handle, memory: memory),
            positions: memory.freeze(positions?.groups ?? []), engine: engine.handle,
            groupCount: groupCount, isAnchored: isAnchored)
    }

    /// Whether, of labels, only those that begin with `__` can match, and `__name__` can't.
    var concernsReservedOnly: Bool { prefixes.allSatisfy { $0.starts(with: [0x5f, 0x5f]) } && !matches("__name__") }

    /// `text` with every match replaced, as Go's `ReplaceAllString`.
    func replacingAll(in text: String, with template: RelabelTemplate, memory: FrozenMemory) -> String {
        let subject = memory.freeze(text)
        return unsafe withUnsafeTemporaryAllocation(of: Int32.self, capacity: 2 * groupNames.count) { buffer in
            guard let offsets = buffer.baseAddress else { return text }
            let bytes = unsafe compiled.replacingAll(in: subject, offsets: offsets) {
                let groups = (0..<groupNames.count).map { group in
                    let start = unsafe Int(offsets[2 * group])
                    return unsafe start < 0 ? nil : Array(subject.slice(start, Int(offsets[2 * group + 1])).bytes)
                }
                return template.expanded(groups)
            }
            return String(decoding: bytes, as: UTF8.self)
        }
    }

    package func matches(_ text: String) -> Bool {
        var text = text
        return text.withUTF8 { unsafe compiled.matcher.matches(ByteRun($0)) }
    }

    /// The whole match and each group, nil for one that had no part; nil without a match.
    package func groups(in text: String) -> [String?]? {
        var text = text
        return text.withUTF8 { buffer in
            let subject = unsafe ByteRun(buffer)
            return unsafe withUnsafeTemporaryAllocation(of: Int32.self, capacity: 2 * groupNames.count) { offsets in
                guard let base = offsets.baseAddress, unsafe compiled.find(in: subject, from: 0, offsets: base) else {
                    return nil
                }
                return groupNames.indices.map { group in
                    unsafe offsets[2 * group] < 0
                        ? nil : subject.slice(Int(offsets[2 * group]), Int(offsets[2 * group + 1])).string
                }
            }
        }
    }

    /// Owns the compiled form that RE2 made.
    @safe private final class Engine: @unchecked Sendable {
        let handle: OpaquePointer

        init(_ translation: String, original: String) throws(RegexpSyntaxError) {
            var translation = translation
            let made = translation.withUTF8 { bytes in
                unsafe bytes.withMemoryRebound(to: CChar.self) { unsafe cre2_compile($0.baseAddress, $0.count) }
            }
            guard let made = unsafe made else {
                throw RegexpSyntaxError(problem: "out of memory", expression: original)
            }
            unsafe handle = made
            guard let message = unsafe cre2_error(made) else { return }
            // `problem: expression`; the parser has let it pass, so these are names of Unicode classes, or sheer size.
            let text = unsafe String(cString: message)
            let parts = text.split(separator: ": ", maxSplits: 1)
            throw RegexpSyntaxError(
                problem: String(parts.first ?? ""), expression: parts.count > 1 ? String(parts[1]) : original)
        }

        deinit { unsafe cre2_free(handle) }
    }
}

extension RegexpNode {
    /// What stands between `^` and `$`; nil where the pattern is not that.
    fileprivate var withoutAnchors: RegexpNode? {
        guard case .concatenation(let nodes) = kind, nodes.count >= 2, case .beginText = nodes[0].kind,
            case .endText = nodes[nodes.count - 1].kind
        else { return nil }
        return nodes.count == 3 ? nodes[1] : RegexpNode(.concatenation(Array(nodes[1..<(nodes.count - 1)])))
    }

    /// The literals that matches begin with, and whether each is all of its match; at most 32.
    fileprivate var leadingLiterals: [(bytes: [UInt8], isAll: Bool)] {
        let unknown: [(bytes: [UInt8], isAll: Bool)] = [([], false)]
        switch kind {
        case .literal(let scalar, false): return [(Array(Character(scalar).utf8), true)]
        case .anyOf(let scalars): return scalars.map { (Array(Character($0).utf8), true) }
        case .empty, .beginText: return [([], true)]
        case .group(let node, _): return node.leadingLiterals
        case .oneOrMore(let node): return node.leadingLiterals.map { ($0.bytes, false) }
        case .alternation(let nodes):
            let result = nodes.flatMap(\.leadingLiterals)
            return result.count <= 32 ? result : unknown
        case .concatenation(let nodes):
            var result: [(bytes: [UInt8], isAll: Bool)] = [([], true)]
            for node in nodes where result.contains(where: \.isAll) {
                let next = node.leadingLiterals
                let longer = result.flatMap { left in
                    left.isAll ? next.map { (bytes: left.bytes + $0.bytes, isAll: $0.isAll) } : [left]
                }
                guard longer.count <= 32 else { return result.map { ($0.bytes, false) } }
                result = longer
            }
            return result
        default: return unknown
        }
    }

    /// The same without anchors that say again what is known: that it begins and ends with the text.
    fileprivate var withoutRedundantAnchors: RegexpNode {
        switch kind {
        case .beginText, .endText: return RegexpNode(.empty)
        case .alternation(let nodes): return RegexpNode(.alternation(nodes.map(\.withoutRedundantAnchors)))
        case .concatenation(let nodes):
            var rest = nodes[...]
            while case .beginText? = rest.first?.kind { rest.removeFirst() }
            while case .endText? = rest.last?.kind { rest.removeLast() }
            return RegexpNode(.concatenation(Array(rest)))
        default: return self
        }
    }
}
