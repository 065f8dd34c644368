/// Checks UTF-8 that arrives in pieces, as strictly as Go's `utf8.Valid`.
struct UTF8Check {
    private var pending = 0
    /// The range that the next continuation byte must be in: narrower behind some lead bytes (RFC 3629 4).
    private var low: UInt8 = 0x80
    private var high: UInt8 = 0xBF
    private var isBroken = false

    /// All taken so far is valid and ends at a character's end.
    var isComplete: Bool { !isBroken && pending == 0 }

    mutating func take(_ base: UnsafePointer<UInt8>, _ range: Range<Int>) {
        for offset in range where !isBroken {
            unsafe take(base[offset])
        }
    }

    private mutating func take(_ byte: UInt8) {
        if pending > 0 {
            isBroken = byte < low || byte > high
            pending -= 1
            low = 0x80
            high = 0xBF
            return
        }
        switch byte {
        case 0...0x7F: return
        case 0xC2...0xDF: pending = 1
        case 0xE0...0xEF:
            pending = 2
            if byte == 0xE0 { low = 0xA0 }
            if byte == 0xED { high = 0x9F }
        case 0xF0...0xF4:
            pending = 3
            if byte == 0xF0 { low = 0x90 }
            if byte == 0xF4 { high = 0x8F }
        default: isBroken = true
        }
    }
}
