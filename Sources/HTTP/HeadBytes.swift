import Glibc

/// What the parsers of heads ask of bytes.
extension Span<UInt8> {
    /// Where the first byte stands that is no part of a field value; `limit` where there is none. Tokens of 1,000 bytes
    /// are usual: 8 bytes at a time.
    func endOfFieldValue(from start: Int, limit: Int) -> Int {
        var position = start
        while position + 8 <= limit, !mayHoldControlCharacter(at: position) { position += 8 }
        while position < limit, Grammar.isFieldValue(self[position]) { position += 1 }
        return position
    }

    /// Whether one of 8 bytes is below 0x20 or is 0x7f. That a tab is none is left to the caller.
    /// Source: Bit Twiddling Hacks, "determine if a word has a byte less than n" and "has a zero byte".
    @inline(__always)
    private func mayHoldControlCharacter(at position: Int) -> Bool {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let word = unsafe withUnsafeBytes { unsafe $0.loadUnaligned(fromByteOffset: position, as: UInt64.self) }
        let delete = word ^ (ones &* 0x7f)
        let isBelow = (word &- ones &* 0x20) & ~word
        let isDelete = (delete &- ones) & ~delete
        return (isBelow | isDelete) & (ones &* 0x80) != 0
    }

    func starts(with text: StaticString) -> Bool {
        count >= text.utf8CodeUnitCount && extracting(0..<text.utf8CodeUnitCount).equals(text)
    }

    func equals(_ text: StaticString) -> Bool {
        guard count == text.utf8CodeUnitCount else { return false }
        return unsafe withUnsafeBytes { bytes in
            guard let base = bytes.baseAddress else { return true }
            return unsafe memcmp(base, text.utf8Start, bytes.count) == 0
        }
    }

    var string: String { unsafe withUnsafeBytes { unsafe String(decoding: $0, as: UTF8.self) } }

    /// Where the byte stands from `start` on; the end, where it does not.
    func firstPosition(of byte: UInt8, from start: Int = 0) -> Int {
        var position = start
        while position < count, self[position] != byte { position += 1 }
        return position
    }
}
