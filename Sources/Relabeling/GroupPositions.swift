/// Where the groups of a pattern with at most one gap lie: each at a fixed distance from the beginning or from the end of
/// the text, whatever the text, so that no engine need look for them.
struct GroupPositions {
    struct Offset: BitwiseCopyable, Equatable {
        let distance: Int32
        let isFromEnd: Bool

        @inline(__always) func resolved(in count: Int) -> Int32 { isFromEnd ? Int32(count) - distance : distance }
    }

    struct Group: BitwiseCopyable {
        let start: Offset
        let end: Offset

        var isWhole: Bool { start == .fromStart(0) && end == .fromEnd(0) }
    }

    /// By group, the whole match first.
    let groups: [Group]

    /// Nil where the pattern is of another kind.
    init?(of node: RegexpNode, groupCount: Int) {
        var walk = Walk(marks: Array(repeating: (0, 0), count: groupCount + 1))
        guard walk.visit(node) else { return nil }
        let literalCount = walk.literalCount
        guard let gap = walk.gap else {
            groups = walk.marks.map { Group(start: Offset.fromStart($0), end: Offset.fromStart($1)) }
                .replacingFirst(with: Group(start: .fromStart(0), end: .fromStart(literalCount)))
            return
        }
        // Mark `gap` is before the gap, `gap + 1` behind it.
        let offset = { (mark: Int) -> Offset in
            mark <= gap ? .fromStart(mark) : .fromEnd(literalCount - (mark - 1))
        }
        groups = walk.marks.map { Group(start: offset($0), end: offset($1)) }
            .replacingFirst(with: Group(start: .fromStart(0), end: .fromEnd(0)))
    }

    /// Counts the bytes of literals, a gap as one more.
    private struct Walk {
        var marks: [(start: Int, end: Int)]
        var position = 0
        var gap: Int?
        var literalCount: Int { gap == nil ? position : position - 1 }

        mutating func visit(_ node: RegexpNode) -> Bool {
            switch node.kind {
            case .empty: return true
            case .literal(let scalar, false):
                position += UTF8.width(scalar)
                return true
            case .group(let inner, let index):
                marks[index].start = position
                guard visit(inner) else { return false }
                marks[index].end = position
                return true
            case .concatenation(let nodes): return nodes.allSatisfy { visit($0) }
            case .zeroOrMore(let inner), .oneOrMore(let inner):
                guard case .anyCharacter = inner.kind, gap == nil else { return false }
                gap = position
                position += 1
                return true
            default: return false
            }
        }
    }
}

extension GroupPositions.Offset {
    fileprivate static func fromStart(_ distance: Int) -> Self { Self(distance: Int32(distance), isFromEnd: false) }
    fileprivate static func fromEnd(_ distance: Int) -> Self { Self(distance: Int32(distance), isFromEnd: true) }
}

extension Array {
    fileprivate func replacingFirst(with element: Element) -> [Element] { [element] + dropFirst() }
}
