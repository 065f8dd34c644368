/// One way to rewrite whole records: stamping alone, or rules.
protocol TextPass: AnyObject {
    /// Rewrites the records in `base[0 ..< end]`, where the last byte is a line feed, and appends them to `output`.
    ///
    /// - Returns: the offset of the record that `end` cuts, or `end`. Sets ``TextProgress/hasEnded`` where it meets the
    ///   body's end, and then returns the offset behind it.
    func rewrite(
        _ base: UnsafePointer<UInt8>, _ end: Int, _ progress: inout TextProgress, to output: inout OutputBytes
    ) throws(RewriteError) -> Int

    /// Appends all that was held back: what comes next passes as it is.
    func release(_ progress: inout TextProgress, to output: inout OutputBytes)

    /// The body is complete: settles what was held back.
    func finish(_ progress: inout TextProgress, to output: inout OutputBytes)

    /// After ``finish(_:to:)``: the last record of the body is the last that left, be it as it was or changed.
    var endsWithLastRecord: Bool { get }
}

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
