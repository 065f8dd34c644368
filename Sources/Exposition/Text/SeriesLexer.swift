/// Takes one series line apart: names, labels, and that value, timestamp and exemplar are what the dialect allows.
///
/// Accepts and refuses what Prometheus 3.5 does (model/textparse, and of its append stage what fails a scrape).
/// The buffer must end with a line feed: loops over unquoted bytes need no bound then.
@safe struct SeriesLexer: ~Copyable {
    let dialect: TextDialect
    var record = SeriesRecord()
    /// Why the last call returned ``malformed``.
    private(set) var reason = MalformedReason.expectedStart
    /// Of the first labels of the series before.
    private let leads: UnsafeMutablePointer<LabelLead>
    private static let leadCount = 32

    /// The buffer ends inside the record.
    static let incomplete = -1
    static let malformed = -2

    init(_ dialect: TextDialect) {
        self.dialect = dialect
        unsafe leads = .allocate(capacity: Self.leadCount)
        unsafe leads.initialize(repeating: LabelLead(), count: Self.leadCount)
    }

    deinit {
        unsafe leads.deallocate()
    }

    /// Lexes the series that starts at `start`, with its first byte that is not blank at `first`, and fills ``record``.
    ///
    /// - Returns: the offset behind its line feed, ``incomplete`` or ``malformed``.
    @inline(__always)
    mutating func lex(_ base: UnsafePointer<UInt8>, start: Int, first: Int, end: Int) -> Int {
        record.reset()
        record.start = start
        var offset = first
        if unsafe base[offset] != UInt8(ascii: "{") {
            // Prometheus takes blanks before the name as part of it.
            offset = unsafe ByteScan.nameEnd(base, offset, end, colons: true)
            record.name = start
            record.nameLength = offset - start
            record.seriesEnd = offset
            record.stampOffset = offset
            record.stampPlace = .withoutBraces
            offset = unsafe skipBlanks(base, offset)
        }
        if unsafe base[offset] == UInt8(ascii: "{") {
            offset = unsafe lexLabels(base, offset, end)
            if offset < 0 { return offset }
        }
        if record.nameLength == 0, unsafe !acceptsEmptyName(base) { return Self.malformed }
        return dialect == .prometheus
            ? unsafe lexSuffix(base, offset, end) : unsafe lexOpenMetricsSuffix(base, offset, end)
    }

    private mutating func fail(_ reason: MalformedReason) -> Int {
        self.reason = reason
        return Self.malformed
    }

    /// OpenMetrics has exact single spaces, which the callers check themselves.
    @inline(__always)
    private func skipBlanks(_ base: UnsafePointer<UInt8>, _ offset: Int) -> Int {
        var offset = offset
        if dialect == .prometheus {
            while unsafe base[offset] == UInt8(ascii: " ") || base[offset] == UInt8(ascii: "\t") { offset += 1 }
        }
        return offset
    }
}

// MARK: - Labels

extension SeriesLexer {
    @inline(__always)
    private mutating func lexLabels(_ base: UnsafePointer<UInt8>, _ brace: Int, _ end: Int) -> Int {
        record.openBrace = brace
        if record.nameLength > 0 {
            record.stampPlace = .beforeLabels
            record.stampOffset = brace + 1
        }
        var offset = brace &+ 1
        var highest: UInt64 = 0
        var areDistinct = true
        var labelBits: UInt64 = 0
        var emptyLabels = 0
        while true {
            let span = unsafe record.nextLabel()
            if unsafe startsLikeBefore(base, offset, end) {
                let lead = unsafe leads + record.labelCount
                unsafe span.pointee.begin(name: offset, lead.pointee.nameLength, word: lead.pointee.word)
                unsafe labelBits |= lead.pointee.bits
                offset &+= unsafe Int(lead.pointee.nameLength) &+ 1
            } else {
                offset = unsafe skipBlanks(base, offset)
                if unsafe base[offset] == UInt8(ascii: "}") {
                    offset &+= 1
                    break
                }
                offset = unsafe lexName(base, offset, end, &span.pointee)
                if offset < 0 { return offset }
                if unsafe base[offset] != UInt8(ascii: "=") {
                    offset = unsafe takeMetricName(base, offset, span.pointee)
                    if offset < 0 { return offset }
                    continue
                }
                labelBits |= unsafe LabelBits.of(span.pointee.word, isEscaped: span.pointee.isNameEscaped)
                unsafe keepLead(base, offset, end, span.pointee)
                offset = unsafe skipBlanks(base, offset + 1)
                if unsafe base[offset] != UInt8(ascii: "\"") { return fail(.expectedLabelValue) }
            }
            offset = unsafe lexValue(base, offset &+ 1, end, &span.pointee)
            if offset < 0 { return offset }
            emptyLabels &+= unsafe span.pointee.valueLength == 0 ? 1 : 0
            // Labels mostly come sorted, but for a last `le`: a name higher than all before is there once.
            let order = unsafe span.pointee.word.byteSwapped
            if unsafe order <= highest || order == LabelNames.metricNameOrder || span.pointee.isNameEscaped {
                areDistinct = unsafe areDistinct && LabelNames.isSurelyNew(span.pointee, record, base)
            }
            highest = max(highest, order)
            record.appendLabel()
            offset = unsafe skipBlanks(base, offset)
            if unsafe base[offset] == UInt8(ascii: ",") {
                offset &+= 1
            } else if dialect == .openMetrics, unsafe base[offset] != UInt8(ascii: "}") {
                return fail(.expectedCommaOrBrace)
            }
        }
        record.seriesEnd = offset
        record.labelBits = labelBits
        record.emptyLabels = emptyLabels
        if record.stampPlace == .beforeLabels, record.labelCount == 0 { record.stampPlace = .emptyBraces }
        if unsafe !areDistinct && !LabelNames.areDistinct(record, base) { record.fault = .labelNameTwice }
        return offset
    }

    /// Whether the label begins with the same name as the one of that number in the series before, and `="`.
    @inline(__always)
    private func startsLikeBefore(_ base: UnsafePointer<UInt8>, _ offset: Int, _ end: Int) -> Bool {
        guard record.labelCount < Self.leadCount, offset &+ 16 <= end else { return false }
        return unsafe leads[record.labelCount].begins(base, offset)
    }

    /// Remembers the beginning of a label, with its `=` at `offset`, for the series to come.
    @inline(never)
    private func keepLead(_ base: UnsafePointer<UInt8>, _ offset: Int, _ end: Int, _ span: LabelSpan) {
        let start = Int(span.name)
        guard record.labelCount < Self.leadCount, start + 16 <= end, !span.isNameQuoted,
            span.nameLength <= LabelLead.longestName, offset == start + Int(span.nameLength),
            unsafe base[offset + 1] == UInt8(ascii: "\"")
        else { return }
        unsafe leads[record.labelCount] = LabelLead(base, start, span.nameLength, word: span.word)
    }

    /// The name at `start`, quoted or not.
    ///
    /// - Returns: the offset of the first byte behind it that is not blank.
    private mutating func lexName(
        _ base: UnsafePointer<UInt8>, _ start: Int, _ end: Int, _ span: inout LabelSpan
    ) -> Int {
        var offset = start
        span.begin(name: start, 0, word: 0)
        if unsafe ByteScan.isNameStart(base[start], colons: false) {
            offset = unsafe ByteScan.nameEnd(base, start, end, colons: false)
            span.nameLength = UInt32(truncatingIfNeeded: offset - start)
        } else if unsafe base[start] == UInt8(ascii: "\"") {
            offset = unsafe lexQuotedName(base, start, end, &span)
            if offset < 0 { return offset }
        } else {
            return fail(.expectedLabelName)
        }
        unsafe span.word = ByteScan.word(base, Int(span.name), Int(span.nameLength), end)
        return unsafe skipBlanks(base, offset)
    }

    /// A quoted string with no `=` behind it is the metric name.
    private mutating func takeMetricName(_ base: UnsafePointer<UInt8>, _ offset: Int, _ span: LabelSpan) -> Int {
        let next = unsafe base[offset]
        guard span.isNameQuoted, next == UInt8(ascii: ",") || next == UInt8(ascii: "}") else {
            return fail(.expectedEqual)
        }
        guard record.nameLength == 0, !record.isNameQuoted else { return fail(.metricNameTwice) }
        record.name = Int(span.name)
        record.nameLength = Int(span.nameLength)
        record.isNameQuoted = true
        record.isNameEscaped = span.isNameEscaped
        record.stampPlace = .afterQuotedName
        record.stampOffset = Int(span.name) + Int(span.nameLength) + 1
        // The closing brace is left for the loop.
        return next == UInt8(ascii: ",") ? offset + 1 : offset
    }

    /// An empty quoted name is a label without value: absent. Prometheus refuses a series that has others, and drops
    /// one that has none.
    private mutating func acceptsEmptyName(_ base: UnsafePointer<UInt8>) -> Bool {
        if record.isNameQuoted, record.labelCount == record.emptyLabels {
            record.labelBits = .max
            return true
        }
        reason = .metricNameMissing
        return false
    }
}

// MARK: - Quoted strings

extension SeriesLexer {
    /// A name in quotes: line feeds are legal inside, null bytes are not.
    private mutating func lexQuotedName(
        _ base: UnsafePointer<UInt8>, _ quote: Int, _ end: Int, _ span: inout LabelSpan
    ) -> Int {
        let start = quote + 1
        var isPlain = true
        let stop = unsafe quotedEnd(
            base, start, end, lineFeeds: true, nulls: false, &span.isNameEscaped, &isPlain, .expectedLabelName)
        if stop < 0 { return stop }
        if !isPlain, unsafe !ByteScan.isUTF8(base, start..<stop) { return fail(.invalidName) }
        span.name = UInt32(truncatingIfNeeded: start)
        span.nameLength = UInt32(truncatingIfNeeded: stop - start)
        span.isNameQuoted = true
        return stop + 1
    }

    @inline(__always)
    private mutating func lexValue(
        _ base: UnsafePointer<UInt8>, _ start: Int, _ end: Int, _ span: inout LabelSpan
    ) -> Int {
        let stop = unsafe ByteScan.quotedRunEnd(base, start, end)
        // `end` is behind the buffer's last line feed, which ends a run: `stop` is readable.
        guard unsafe base[stop] == UInt8(ascii: "\""), unsafe base[stop &+ 1] != 0 else {
            return unsafe lexUnusualValue(base, start, end, &span)
        }
        span.value = UInt32(truncatingIfNeeded: start)
        span.valueLength = UInt32(truncatingIfNeeded: stop &- start)
        return stop &+ 1
    }

    /// A value with escapes, control characters or bytes past ASCII.
    @inline(never)
    private mutating func lexUnusualValue(
        _ base: UnsafePointer<UInt8>, _ start: Int, _ end: Int, _ span: inout LabelSpan
    ) -> Int {
        var isPlain = true
        var stop = unsafe quotedEnd(
            base, start, end, lineFeeds: dialect == .prometheus, nulls: true, &span.isValueEscaped, &isPlain,
            .expectedLabelValue)
        if stop < 0 { return stop }
        if !isPlain, unsafe !ByteScan.isUTF8(base, start..<stop) { return fail(.invalidLabelValue) }
        // It steps over null bytes behind the closing quote as well, and then cuts off the last byte it has seen.
        while unsafe base[stop + 1] == 0 { stop += 1 }
        span.value = UInt32(truncatingIfNeeded: start)
        span.valueLength = UInt32(truncatingIfNeeded: stop - start)
        return stop + 1
    }

    /// Offset of the quote that closes the string whose contents start at `start`.
    private mutating func quotedEnd(
        _ base: UnsafePointer<UInt8>, _ start: Int, _ end: Int, lineFeeds: Bool, nulls: Bool,
        _ isEscaped: inout Bool, _ isPlain: inout Bool, _ expectation: MalformedReason
    ) -> Int {
        var offset = start
        while true {
            offset = unsafe ByteScan.quotedRunEnd(base, offset, end)
            if offset >= end { return Self.incomplete }
            switch unsafe base[offset] {
            case UInt8(ascii: "\""): return offset
            case UInt8(ascii: "\\"):
                isEscaped = true
                offset += 1
                while nulls, offset < end, unsafe base[offset] == 0 { offset += 1 }
                if offset >= end { return Self.incomplete }
                if unsafe base[offset] == 0 || base[offset] == UInt8(ascii: "\n") { return fail(expectation) }
                if unsafe base[offset] >= 0x80 { isPlain = false }
            case UInt8(ascii: "\n"):
                guard lineFeeds else { return fail(expectation) }
                record.extraLines += 1
            case 0:
                guard nulls else { return fail(expectation) }
            case 0x80...:
                isPlain = false
            default: break
            }
            offset += 1
        }
    }
}

// MARK: - What follows a series

extension SeriesLexer {
    /// Text: value and optional timestamp, blanks between them or none.
    @inline(__always)
    private mutating func lexSuffix(_ base: UnsafePointer<UInt8>, _ start: Int, _ end: Int) -> Int {
        let next = unsafe usualSuffixEnd(base, start, end)
        return next > 0 ? next : unsafe lexUnusualSuffix(base, start)
    }

    /// Offset behind the line feed of what nearly all series have: few digits, perhaps a fraction, perhaps a timestamp, and
    /// single blanks. 0 where anything is otherwise.
    @inline(__always)
    private func usualSuffixEnd(_ base: UnsafePointer<UInt8>, _ start: Int, _ end: Int) -> Int {
        guard start + 52 <= end, unsafe base[start] == UInt8(ascii: " ") else { return 0 }
        let whole = unsafe ByteScan.digits(base, start &+ 1)
        if whole == 0 || whole == 16 { return 0 }
        var offset = start &+ 1 &+ whole
        if unsafe base[offset] == UInt8(ascii: ".") {
            let fraction = unsafe ByteScan.digits(base, offset &+ 1)
            if fraction == 16 { return 0 }
            offset = offset &+ 1 &+ fraction
        }
        if unsafe base[offset] == UInt8(ascii: " ") {
            let timestamp = unsafe ByteScan.digits(base, offset &+ 1)
            if timestamp == 0 || timestamp == 16 { return 0 }
            offset = offset &+ 1 &+ timestamp
        }
        return unsafe base[offset] == UInt8(ascii: "\n") ? offset &+ 1 : 0
    }

    @inline(never)
    private mutating func lexUnusualSuffix(_ base: UnsafePointer<UInt8>, _ start: Int) -> Int {
        var offset = unsafe ByteScan.skipBlanks(base, start)
        offset = unsafe NumberScan.end(base, offset)
        if offset < 0 { return fail(.expectedValue) }
        let next = unsafe base[offset]
        if next == UInt8(ascii: "\n") { return offset + 1 }
        guard next == UInt8(ascii: " ") || next == UInt8(ascii: "\t") else { return fail(.expectedValue) }
        offset = unsafe ByteScan.skipBlanks(base, offset)
        if unsafe base[offset] == UInt8(ascii: "\n") { return offset + 1 }
        offset = unsafe NumberScan.integerEnd(base, offset)
        if offset < 0 { return fail(.expectedTimestamp) }
        offset = unsafe ByteScan.skipBlanks(base, offset)
        return unsafe base[offset] == UInt8(ascii: "\n") ? offset + 1 : fail(.expectedNextEntry)
    }

    /// OpenMetrics: value, optional timestamp, optional exemplar, each after one space.
    private mutating func lexOpenMetricsSuffix(_ base: UnsafePointer<UInt8>, _ start: Int, _ end: Int) -> Int {
        guard unsafe base[start] == UInt8(ascii: " ") else { return fail(.expectedValue) }
        var offset = unsafe NumberScan.end(base, start + 1)
        if offset < 0 { return fail(.expectedValue) }
        if unsafe base[offset] == UInt8(ascii: "\n") { return offset + 1 }
        guard unsafe base[offset] == UInt8(ascii: " ") else { return fail(.expectedValue) }
        if unsafe base[offset + 1] != UInt8(ascii: "#") {
            offset = unsafe NumberScan.finiteEnd(base, offset + 1)
            if offset < 0 { return fail(.expectedTimestamp) }
            if unsafe base[offset] == UInt8(ascii: "\n") { return offset + 1 }
        }
        guard unsafe base[offset] == UInt8(ascii: " "), unsafe base[offset + 1] == UInt8(ascii: "#"),
            unsafe base[offset + 2] == UInt8(ascii: " "), unsafe base[offset + 3] == UInt8(ascii: "{")
        else { return fail(.expectedNextEntry) }
        return unsafe lexExemplar(base, offset + 4, end)
    }

    /// The contents of an exemplar's braces, its value and optional timestamp.
    private mutating func lexExemplar(_ base: UnsafePointer<UInt8>, _ start: Int, _ end: Int) -> Int {
        var offset = start
        while unsafe base[offset] != UInt8(ascii: "}") {
            offset = unsafe lexExemplarLabel(base, offset, end)
            if offset < 0 { return offset }
            if unsafe base[offset] == UInt8(ascii: ",") {
                offset += 1
            } else if unsafe base[offset] != UInt8(ascii: "}") {
                return fail(.expectedCommaOrBrace)
            }
        }
        guard unsafe base[offset + 1] == UInt8(ascii: " ") else { return fail(.expectedExemplarValue) }
        offset = unsafe NumberScan.end(base, offset + 2)
        if offset < 0 { return fail(.expectedExemplarValue) }
        if unsafe base[offset] == UInt8(ascii: "\n") { return offset + 1 }
        guard unsafe base[offset] == UInt8(ascii: " ") else { return fail(.expectedTimestamp) }
        offset = unsafe NumberScan.finiteEnd(base, offset + 1)
        guard offset >= 0, unsafe base[offset] == UInt8(ascii: "\n") else { return fail(.expectedNextEntry) }
        return offset + 1
    }

    private mutating func lexExemplarLabel(_ base: UnsafePointer<UInt8>, _ start: Int, _ end: Int) -> Int {
        var offset = start
        var isEscaped = false
        var isPlain = true
        if unsafe base[offset] == UInt8(ascii: "\"") {
            offset = unsafe quotedEnd(
                base, offset + 1, end, lineFeeds: false, nulls: false, &isEscaped, &isPlain, .expectedLabelName)
            if offset < 0 { return offset }
            offset += 1
        } else {
            guard unsafe ByteScan.isNameStart(base[offset], colons: false) else { return fail(.expectedLabelName) }
            offset = unsafe ByteScan.nameEnd(base, offset, end, colons: false)
        }
        guard unsafe base[offset] == UInt8(ascii: "=") else { return fail(.expectedEqual) }
        guard unsafe base[offset + 1] == UInt8(ascii: "\"") else { return fail(.expectedLabelValue) }
        isPlain = true
        let value = offset + 2
        offset = unsafe quotedEnd(
            base, value, end, lineFeeds: false, nulls: false, &isEscaped, &isPlain, .expectedLabelValue)
        if offset < 0 { return offset }
        guard unsafe isPlain || ByteScan.isUTF8(base, value..<offset) else { return fail(.invalidLabelValue) }
        return offset + 1
    }
}
