/// A comment longer than a sample may be, that passes in pieces: only a HELP text has anything to check.
///
/// Its HELP can't be taken back when its family turns out to be dropped; that is the price of bounded memory.
struct LongComment {
    let excerpt: String
    private var isHelp = false
    private var check = UTF8Check()

    /// Nil where `bytes` are the beginning of something else, or of what can't be that long, like a TYPE.
    init?(_ base: UnsafePointer<UInt8>, _ count: Int, _ dialect: TextDialect, sampleLength: Int) {
        excerpt = unsafe Excerpt.line(base, 0, count)
        // A line feed in place of the last byte makes it a line that can be lexed.
        var line = unsafe Array(UnsafeBufferPointer(start: base, count: count))
        line[count - 1] = UInt8(ascii: "\n")
        var lexer = CommentLexer(dialect)
        let outcome = unsafe line.withUnsafeBufferPointer { buffer in
            guard let base = buffer.baseAddress else { return Int?.none }
            let hash = unsafe dialect == .prometheus ? ByteScan.skipBlanks(base, 0) : 0
            let outcome = unsafe lexer.lex(base, hash, count)
            return unsafe lexer.canBeLonger(than: sampleLength, base, 0) ? outcome : nil
        }
        guard let outcome else { return nil }
        switch lexer.line {
        case .comment where outcome == count: return
        case .help(let name):
            isHelp = true
            // Checked again, for the last character may be cut: from behind the byte that separates it from the name.
            let isQuoted = unsafe base[name.lowerBound - 1] == UInt8(ascii: "\"")
            unsafe check.take(base, name.upperBound + (isQuoted ? 2 : 1)..<count)
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
