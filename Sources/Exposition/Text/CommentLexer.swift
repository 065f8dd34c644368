/// What a comment line says. Ranges are offsets into the buffer being lexed.
enum CommentLine {
    case comment
    case help(name: Range<Int>)
    case type(name: Range<Int>, MetricType)
    case unit(name: Range<Int>)
    /// OpenMetrics' `# EOF`.
    case endOfBody
    /// Text: a null byte outside a sample, where Prometheus' parser takes the body to end without complaint.
    case endOfParse
}

/// The type that a TYPE line gives its family.
enum MetricType: Sendable {
    case counter, gauge, histogram, gaugeHistogram, summary, info, stateSet, unknown

    init?(_ text: UnsafeBufferPointer<UInt8>, _ dialect: TextDialect) {
        switch (unsafe String(decoding: text, as: UTF8.self), dialect) {
        case ("counter", _): self = .counter
        case ("gauge", _): self = .gauge
        case ("histogram", _): self = .histogram
        case ("summary", _): self = .summary
        case ("untyped", .prometheus), ("unknown", .openMetrics): self = .unknown
        case ("gaugehistogram", .openMetrics): self = .gaugeHistogram
        case ("info", .openMetrics): self = .info
        case ("stateset", .openMetrics): self = .stateSet
        default: return nil
        }
    }
}

/// Takes comment lines apart as Prometheus' parsers do, which differ for every blank.
struct CommentLexer {
    private enum Keyword {
        case help, type, unit
    }

    let dialect: TextDialect
    private(set) var reason = MalformedReason.expectedStart
    /// What the last line lexed was.
    private(set) var line = CommentLine.comment
    /// Raw line feeds inside a quoted metric name.
    private(set) var extraLines = 0
    /// Behind the line's `#`.
    private var afterHash = 0

    init(_ dialect: TextDialect) {
        self.dialect = dialect
    }

    /// Nothing behind ``line`` is part of the body.
    var endsBody: Bool {
        switch line {
        case .endOfBody, .endOfParse: true
        default: false
        }
    }

    /// Lexes the line whose `#` stands at `start` and fills ``line``. The buffer ends with a line feed.
    ///
    /// - Returns: the offset behind the line feed, ``SeriesLexer/incomplete`` or ``SeriesLexer/malformed``.
    mutating func lex(_ base: UnsafePointer<UInt8>, _ start: Int, _ end: Int) -> Int {
        extraLines = 0
        afterHash = start + 1
        return dialect == .prometheus
            ? unsafe lexText(base, start + 1, end) : unsafe lexOpenMetrics(base, start + 1, end)
    }

    /// Whether the line just lexed may be longer than `limit`, a sample's length, and then pass in pieces: what tells what
    /// it is has to lie within the limit, and nothing but a text behind it. So it passes in whatever pieces it comes.
    func canBeLonger(than limit: Int, _ base: UnsafePointer<UInt8>, _ start: Int) -> Bool {
        switch line {
        case .help(let name): extraLines == 0 && name.upperBound + 1 - start < limit
        // A keyword and the blank behind it could stand there.
        case .comment, .endOfParse: unsafe ByteScan.skipBlanks(base, afterHash) + 5 - start < limit
        case .endOfBody: true
        case .type, .unit: false
        }
    }

    private mutating func fail(_ reason: MalformedReason) -> Int {
        self.reason = reason
        return SeriesLexer.malformed
    }
}

// MARK: - Text

extension CommentLexer {
    private mutating func lexText(_ base: UnsafePointer<UInt8>, _ start: Int, _ end: Int) -> Int {
        let word = unsafe ByteScan.skipBlanks(base, start)
        if word == start { return unsafe plainComment(base, start, end, nulls: false) }
        if unsafe base[word] == 0 { return unsafe plainComment(base, word, end, nulls: false) }
        for (keyword, spelling) in [(Keyword.help, "HELP" as StaticString), (.type, "TYPE")] {
            let blank = unsafe match(spelling, base, word)
            guard blank > 0, unsafe base[blank] == UInt8(ascii: " ") || base[blank] == UInt8(ascii: "\t") else {
                continue
            }
            var name = blank
            while unsafe base[name] == UInt8(ascii: " ") || base[name] == UInt8(ascii: "\t") || base[name] == 0 {
                name += 1
            }
            return unsafe lexMetadata(keyword, base, name, end)
        }
        return unsafe plainComment(base, word, end, nulls: true)
    }

    /// Any other comment. A null byte ends the parse where Prometheus does not step over it.
    private mutating func plainComment(
        _ base: UnsafePointer<UInt8>, _ start: Int, _ end: Int, nulls: Bool
    ) -> Int {
        let lineFeed = unsafe ByteScan.first(UInt8(ascii: "\n"), base, start, end)
        if !nulls {
            let null = unsafe ByteScan.first(0, base, start, lineFeed)
            if null < lineFeed {
                line = .endOfParse
                return null
            }
        }
        line = .comment
        return lineFeed + 1
    }

    /// Offset behind `word`, null bytes inside and behind it stepped over; -1 if something else stands there.
    private func match(_ word: StaticString, _ base: UnsafePointer<UInt8>, _ start: Int) -> Int {
        var offset = start
        for index in 0..<word.utf8CodeUnitCount {
            guard unsafe base[offset] == word.utf8Start[index] else { return -1 }
            offset += 1
            while unsafe base[offset] == 0 { offset += 1 }
        }
        return offset
    }
}

// MARK: - OpenMetrics

extension CommentLexer {
    private mutating func lexOpenMetrics(_ base: UnsafePointer<UInt8>, _ start: Int, _ end: Int) -> Int {
        guard unsafe base[start] == UInt8(ascii: " ") else { return fail(.expectedStart) }
        let word = start + 1
        let close = unsafe match("EOF", base, word)
        if close > 0 {
            line = .endOfBody
            return unsafe base[close] == UInt8(ascii: "\n") ? close + 1 : close
        }
        for (keyword, spelling) in [(Keyword.help, "HELP" as StaticString), (.type, "TYPE"), (.unit, "UNIT")] {
            let blank = unsafe match(spelling, base, word)
            guard blank > 0 else { continue }
            guard unsafe base[blank] == UInt8(ascii: " ") else { return fail(.expectedStart) }
            var name = blank + 1
            while unsafe base[name] == 0 { name += 1 }
            return unsafe lexMetadata(keyword, base, name, end)
        }
        return fail(.expectedStart)
    }
}

// MARK: - HELP, TYPE, UNIT

extension CommentLexer {
    private mutating func lexMetadata(
        _ keyword: Keyword, _ base: UnsafePointer<UInt8>, _ start: Int, _ end: Int
    ) -> Int {
        let (name, behind) = unsafe lexName(base, start, end)
        if behind < 0 { return behind }
        var text = behind
        if dialect == .openMetrics {
            guard unsafe base[behind] == UInt8(ascii: " ") else { return fail(.expectedText) }
        } else {
            guard unsafe base[behind] != 0 else { return fail(.expectedLinebreak) }
            // Blanks and nothing else are white space to Prometheus, not a text.
            let visible = unsafe ByteScan.skipBlanks(base, behind)
            if unsafe base[visible] == UInt8(ascii: "\n") { text = visible }
        }
        let lineFeed = unsafe ByteScan.first(UInt8(ascii: "\n"), base, text, end)
        // The first byte separates, whatever it is.
        let body = min(text + 1, lineFeed)..<lineFeed
        return unsafe finish(keyword, name, body, base) ? lineFeed + 1 : SeriesLexer.malformed
    }

    private mutating func lexName(
        _ base: UnsafePointer<UInt8>, _ start: Int, _ end: Int
    ) -> (name: Range<Int>, behind: Int) {
        guard unsafe base[start] == UInt8(ascii: "\"") else {
            guard unsafe ByteScan.isNameStart(base[start], colons: true) else {
                return (start..<start, fail(.expectedMetricName))
            }
            let behind = unsafe ByteScan.nameEnd(base, start, end, colons: true)
            return (start..<behind, behind)
        }
        var offset = start + 1
        while true {
            offset = unsafe ByteScan.quotedRunEnd(base, offset, end)
            if offset >= end { return (start..<start, SeriesLexer.incomplete) }
            switch unsafe base[offset] {
            case UInt8(ascii: "\""): return (start + 1..<offset, offset + 1)
            case 0: return (start..<start, fail(.expectedMetricName))
            case UInt8(ascii: "\n"): extraLines += 1
            case UInt8(ascii: "\\"):
                offset += 1
                let escaped = unsafe base[offset]
                if escaped == 0 || escaped == UInt8(ascii: "\n") { return (start..<start, fail(.expectedMetricName)) }
            default: break
            }
            offset += 1
        }
    }

    private mutating func finish(
        _ keyword: Keyword, _ name: Range<Int>, _ text: Range<Int>, _ base: UnsafePointer<UInt8>
    ) -> Bool {
        switch keyword {
        case .help:
            line = .help(name: name)
            reason = .invalidHelp
            return unsafe ByteScan.isUTF8(base, text)
        case .type:
            reason = .invalidType
            let spelled = unsafe UnsafeBufferPointer(start: base + text.lowerBound, count: min(text.count, 20))
            guard text.count < 20, let type = unsafe MetricType(spelled, dialect) else { return false }
            line = .type(name: name, type)
            return true
        case .unit:
            line = .unit(name: name)
            reason = .unitIsNoSuffix
            return unsafe text.isEmpty || isSuffix(text, of: name, base)
        }
    }

    /// OpenMetrics: a family's name ends in `_` and its unit.
    private func isSuffix(_ unit: Range<Int>, of name: Range<Int>, _ base: UnsafePointer<UInt8>) -> Bool {
        guard name.count > unit.count, unsafe base[name.upperBound - unit.count - 1] == UInt8(ascii: "_") else {
            return false
        }
        return unit.indices.allSatisfy { offset in
            unsafe base[offset] == base[name.upperBound - unit.upperBound + offset]
        }
    }
}
