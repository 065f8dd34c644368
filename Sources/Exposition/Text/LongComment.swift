/// A comment longer than a sample may be, that passes in pieces: only a HELP text has anything to check.
///
/// Its HELP can't be taken back when its family turns out to be dropped; that is the price of bounded memory.
struct LongComment {
    let excerpt: String
    private var isHelp = false
    private var check = UTF8Check()

    /// Nil where `bytes` are the beginning of something else, or of a TYPE or UNIT, which can't be that long.
    init?(_ base: UnsafePointer<UInt8>, _ count: Int, _ dialect: TextDialect) {
        excerpt = unsafe Excerpt.line(base, 0, count)
        // A line feed in place of the last byte makes it a line that can be lexed.
        var line = unsafe Array(UnsafeBufferPointer(start: base, count: count))
        line[count - 1] = UInt8(ascii: "\n")
        var lexer = CommentLexer(dialect)
        let outcome = unsafe line.withUnsafeBufferPointer { buffer in
            guard let base = buffer.baseAddress else { return SeriesLexer.malformed }
            let hash = unsafe dialect == .prometheus ? ByteScan.skipBlanks(base, 0) : 0
            return unsafe lexer.lex(base, hash, count)
        }
        switch lexer.line {
        case .comment where outcome == count: return
        case .help(let name):
            isHelp = true
            // Checked again from the name on: the last character may be cut.
            unsafe check.take(base, name.upperBound..<count)
        default: return nil
        }
    }

    static func begins(_ base: UnsafePointer<UInt8>, _ count: Int, _ dialect: TextDialect) -> Bool {
        var offset = 0
        while dialect == .prometheus, offset < count,
            unsafe base[offset] == UInt8(ascii: " ") || base[offset] == UInt8(ascii: "\t")
        {
            offset += 1
        }
        return unsafe offset < count && base[offset] == UInt8(ascii: "#")
    }

    var isValid: Bool { !isHelp || check.isComplete }

    mutating func take(_ base: UnsafePointer<UInt8>, _ range: Range<Int>) {
        if isHelp { unsafe check.take(base, range) }
    }
}
