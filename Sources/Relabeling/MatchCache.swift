/// What the engine found in the texts that it was last asked about: label values recur from family to family, and finding
/// groups takes the engine longer than all else that is done to a series.
@safe struct MatchCache: ~Copyable {
    private static let slots = 256
    /// A text may lie in any of so many.
    private static let ways = 4
    /// Longer texts are not kept: they recur less, and memory is to stay bounded.
    private static let textLimit = 128

    private struct Entry: BitwiseCopyable {
        var hash: UInt64 = 0
        /// Negative while free.
        var count: Int32 = -1
        var isMatch = false
    }

    /// Nil until the first text.
    private var entries: UnsafeMutablePointer<Entry>?
    private var texts: UnsafeMutablePointer<UInt8>
    private var offsets: UnsafeMutablePointer<Int32>
    private let offsetCount: Int
    private var misses: UInt64 = 0

    init(groupCount: Int) {
        offsetCount = 2 * groupCount
        unsafe texts = .allocate(capacity: 0)
        unsafe offsets = .allocate(capacity: 0)
    }

    deinit {
        unsafe entries?.deallocate()
        unsafe texts.deallocate()
        unsafe offsets.deallocate()
    }

    private mutating func allocate() -> UnsafeMutablePointer<Entry> {
        let new = UnsafeMutablePointer<Entry>.allocate(capacity: Self.slots)
        unsafe new.initialize(repeating: Entry(), count: Self.slots)
        unsafe texts.deallocate()
        unsafe offsets.deallocate()
        unsafe texts = .allocate(capacity: Self.slots * Self.textLimit)
        unsafe offsets = .allocate(capacity: Self.slots * offsetCount)
        unsafe entries = new
        return unsafe new
    }

    /// As ``CompiledRegexp/find(in:from:offsets:)`` from the beginning.
    mutating func find(
        _ regexp: CompiledRegexp, in text: ByteRun, seed: UInt64, offsets result: UnsafeMutablePointer<Int32>
    ) -> Bool {
        guard text.count <= Self.textLimit else { return unsafe regexp.find(in: text, from: 0, offsets: result) }
        let entries = unsafe entries ?? allocate()
        let hash = text.fullHash(seed: seed)
        let first = Int(truncatingIfNeeded: hash) & (Self.slots - 1) & ~(Self.ways - 1)
        for slot in first..<(first + Self.ways) {
            let entry = unsafe entries[slot]
            guard entry.hash == hash, entry.count >= 0,
                unsafe ByteRun(start: texts + slot * Self.textLimit, count: Int(entry.count)) == text
            else { continue }
            if entry.isMatch {
                unsafe result.update(from: offsets + slot * offsetCount, count: 2 * regexp.groupCount)
            }
            return entry.isMatch
        }
        let isMatch = unsafe regexp.find(in: text, from: 0, offsets: result)
        // Which gives way is as good as random: texts come round and round, and the oldest is the next to be asked for.
        misses &+= 1
        let victim = first + Int(truncatingIfNeeded: (misses &* 0x9e37_79b9_7f4a_7c15) >> 61) & (Self.ways - 1)
        let slot = (first..<(first + Self.ways)).first { unsafe entries[$0].count < 0 } ?? victim
        unsafe entries[slot] = Entry(hash: hash, count: Int32(text.count), isMatch: isMatch)
        unsafe (texts + slot * Self.textLimit).update(from: text.start, count: text.count)
        if isMatch { unsafe (offsets + slot * offsetCount).update(from: result, count: 2 * regexp.groupCount) }
        return isMatch
    }
}
