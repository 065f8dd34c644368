/// What the first bytes of a record make of it.
enum TextRecord {
    /// Its first byte that is no blank.
    case series(first: Int)
    case comment(hash: Int)
    case blank(next: Int)
    /// A null byte where Prometheus' text parser stops.
    case endOfParse
    case malformed

    @inline(never)
    init(_ base: UnsafePointer<UInt8>, _ start: Int, _ dialect: TextDialect) {
        let first = dialect == .prometheus ? unsafe ByteScan.skipBlanks(base, start) : start
        switch unsafe base[first] {
        case UInt8(ascii: "#"): self = .comment(hash: first)
        case UInt8(ascii: "{"): self = .series(first: first)
        case UInt8(ascii: "\n") where dialect == .prometheus: self = .blank(next: first + 1)
        case 0 where dialect == .prometheus: self = .endOfParse
        case let byte where ByteScan.isNameStart(byte, colons: true): self = .series(first: first)
        default: self = .malformed
        }
    }
}
