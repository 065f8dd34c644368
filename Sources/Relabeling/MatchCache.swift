/// What the engine found in the texts that it was last asked about: label values recur from family to family, and finding
/// groups takes the engine longer than all else that is done to a series.
@safe struct MatchCache: ~Copyable {
    /// In pairs: a text may lie in either of two.
    private static let slots = 256
    /// Longer texts are not kept: they recur less, and memory is to stay bounded.
    private static let textLimit = 128

    private struct Entry: BitwiseCopyable {
        var hash: UInt64 = 0
        /// Negative while free.
        var count: Int32 = -1
        var isMatch = false
        /// Of its pair, the one asked last; the other gives way.
        var isRecent = false
    }

    /// Nil until the first text.
    private var entries: UnsafeMutablePointer<Entry>?
    private var texts: UnsafeMutablePointer<UInt8>
    private var offsets: UnsafeMutablePointer<Int32>
    private let offsetCount: Int

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
        let pair = Int(truncatingIfNeeded: hash) & (Self.slots - 1) & ~1
        for slot in pair...(pair + 1) {
            let entry = unsafe entries[slot]
            guard entry.hash == hash, entry.count >= 0,
                unsafe ByteRun(start: texts + slot * Self.textLimit, count: Int(entry.count)) == text
            else { continue }
            unsafe entries[slot].isRecent = true
            unsafe entries[slot ^ 1].isRecent = false
            if entry.isMatch {
                unsafe result.update(from: offsets + slot * offsetCount, count: 2 * regexp.groupCount)
            }
            return entry.isMatch
        }
        let isMatch = unsafe regexp.find(in: text, from: 0, offsets: result)
        let slot = unsafe entries[pair].isRecent ? pair + 1 : pair
        unsafe entries[slot] = Entry(hash: hash, count: Int32(text.count), isMatch: isMatch, isRecent: true)
        unsafe entries[slot ^ 1].isRecent = false
        unsafe (texts + slot * Self.textLimit).update(from: text.start, count: text.count)
        if isMatch { unsafe (offsets + slot * offsetCount).update(from: result, count: 2 * regexp.groupCount) }
        return isMatch
    }
}
