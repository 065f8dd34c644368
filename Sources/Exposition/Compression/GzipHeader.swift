import CISAL

/// The header of one gzip member (RFC 1952 section 2.3), read a byte at a time.
///
/// ISA-L 2.30 has a header reader of its own, but forgets the flags when a header is cut between two calls.
/// Refused is what Go's `compress/gzip` refuses, names and comments over 512 bytes included.
struct GzipHeader {
    /// The fields in the order in which they stand.
    private enum Field: Int {
        case fixed, extraLength, extra, name, comment, checksum, done

        func precedes(_ other: Field) -> Bool { rawValue < other.rawValue }
    }

    private struct Flags: OptionSet {
        let rawValue: UInt8
        static let checksum = Flags(rawValue: 1 << 1)
        static let extra = Flags(rawValue: 1 << 2)
        static let name = Flags(rawValue: 1 << 3)
        static let comment = Flags(rawValue: 1 << 4)
    }

    private static let fixedLength = 10
    private static let longestText = 512

    private var field = Field.fixed
    private var position = 0
    private var flags: Flags = []
    private var extraLength = 0
    private var expectedChecksum: UInt16 = 0
    private var checksum: UInt32 = 0

    var isComplete: Bool { field == .done }
    /// Whether no byte of the header has been read yet.
    var isUntouched: Bool { field == .fixed && position == 0 }

    /// Reads the next byte; false if no gzip header has it at this place.
    mutating func read(_ byte: UInt8) -> Bool {
        if field != .checksum {
            unsafe withUnsafePointer(to: byte) { checksum = unsafe krp_crc32_gzip(checksum, $0, 1) }
        }
        switch field {
        case .fixed:
            return readFixed(byte)
        case .extraLength:
            extraLength |= Int(byte) << (8 * position)
            position += 1
            if position == 2 { extraLength == 0 ? enter(after: .extra) : enter(.extra) }
        case .extra:
            position += 1
            if position == extraLength { enter(after: .extra) }
        case .name, .comment:
            position += 1
            if byte == 0 {
                enter(after: field)
            } else if position == Self.longestText {
                return false
            }
        case .checksum:
            expectedChecksum |= UInt16(byte) << (8 * UInt16(position))
            position += 1
            if position == 2 {
                guard expectedChecksum == UInt16(truncatingIfNeeded: checksum) else { return false }
                enter(.done)
            }
        case .done:
            preconditionFailure("read past a gzip header")
        }
        return true
    }

    private mutating func readFixed(_ byte: UInt8) -> Bool {
        switch position {
        case 0: guard byte == 0x1f else { return false }
        case 1: guard byte == 0x8b else { return false }
        case 2: guard byte == 8 else { return false }  // deflate, the only method there is
        case 3: flags = Flags(rawValue: byte)
        default: break  // modification time, extra flags, operating system
        }
        position += 1
        if position == Self.fixedLength { enter(after: .fixed) }
        return true
    }

    private mutating func enter(_ next: Field) {
        field = next
        position = 0
    }

    /// Goes on to the next field that the flags announce.
    private mutating func enter(after field: Field) {
        if field.precedes(.extraLength), flags.contains(.extra) {
            enter(.extraLength)
        } else if field.precedes(.name), flags.contains(.name) {
            enter(.name)
        } else if field.precedes(.comment), flags.contains(.comment) {
            enter(.comment)
        } else if field.precedes(.checksum), flags.contains(.checksum) {
            enter(.checksum)
        } else {
            enter(.done)
        }
    }
}
