import CRE2

/// A regular expression laid out for the loop over series. Points into the ``RelabelRegexp`` that made it.
@safe struct CompiledRegexp: BitwiseCopyable, @unchecked Sendable {
    /// Whole texts only: not to be asked where the pattern is not anchored.
    let matcher: TextMatcher
    /// Empty where the engine has to look for the groups.
    private let positions: Frozen<GroupPositions.Group>
    private let engine: OpaquePointer
    /// The whole match included.
    let groupCount: Int
    let isAnchored: Bool

    /// Whether the engine has to look for the groups.
    var needsEngine: Bool { positions.count == 0 }

    init(
        matcher: TextMatcher, positions: Frozen<GroupPositions.Group>, engine: OpaquePointer, groupCount: Int,
        isAnchored: Bool
    ) {
        self.matcher = matcher
        self.positions = positions
        unsafe self.engine = engine
        self.groupCount = groupCount
        self.isAnchored = isAnchored
    }

    /// Finds the first match at `from` or behind it and writes begin and end of each group, -1 for one that had no part.
    /// `offsets` holds two for each of `groupCount` groups.
    @inline(__always)
    func find(in text: ByteRun, from: Int, offsets: UnsafeMutablePointer<Int32>) -> Bool {
        guard positions.count > 0 else {
            return unsafe cre2_match(engine, text.start, text.count, from, offsets, Int32(groupCount))
        }
        guard from == 0, matcher.matches(text) else { return false }
        for index in 0..<positions.count {
            unsafe offsets[2 * index] = positions[index].start.resolved(in: text.count)
            unsafe offsets[2 * index + 1] = positions[index].end.resolved(in: text.count)
        }
        return true
    }

    /// The text of each group, nil for one that had no part; nil without a match.
    func groups(in text: ByteRun) -> [[UInt8]?]? {
        unsafe withUnsafeTemporaryAllocation(of: Int32.self, capacity: 2 * groupCount) { buffer in
            guard let offsets = buffer.baseAddress, unsafe find(in: text, from: 0, offsets: offsets) else { return nil }
            return (0..<groupCount).map { group in
                let start = unsafe Int(offsets[2 * group])
                return unsafe start < 0 ? nil : Array(text.slice(start, Int(offsets[2 * group + 1])).bytes)
            }
        }
    }

    /// As Go's `ReplaceAllString`: where the pattern breaks out of its anchors, more than one part of the text may match.
    /// `expansion` is asked when `offsets` hold a match.
    func replacingAll(
        in text: ByteRun, offsets: UnsafeMutablePointer<Int32>, expansion: () -> [UInt8]
    ) -> [UInt8] {
        var result: [UInt8] = []
        var copied = 0
        var position = 0
        while position <= text.count, unsafe find(in: text, from: position, offsets: offsets) {
            let (start, end) = unsafe (Int(offsets[0]), Int(offsets[1]))
            unsafe result += text.slice(copied, start).bytes
            // An empty match right behind another is none.
            if end > copied || start == 0 { result += expansion() }
            copied = end
            position = max(position + text.characterWidth(at: position), end)
        }
        unsafe result += text.slice(copied, text.count).bytes
        return result
    }
}

extension ByteRun {
    /// Bytes of the UTF-8 character that begins at `offset`; 1 at the end.
    fileprivate func characterWidth(at offset: Int) -> Int {
        guard offset < count else { return 1 }
        return switch self[offset] {
        case 0xf0...: 4
        case 0xe0...: 3
        case 0xc0...: 2
        default: 1
        }
    }
}
