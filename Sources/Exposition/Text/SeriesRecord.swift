/// Where one label stands in the buffer being lexed. Offsets are those of the contents, without quotes.
struct LabelSpan {
    var name: UInt32
    var nameLength: UInt32
    var value: UInt32
    var valueLength: UInt32
    /// ``ByteScan/word(_:_:_:_:)`` of the name.
    var word: UInt64
    var isNameQuoted: Bool
    var isNameEscaped: Bool
    var isValueEscaped: Bool

    /// A label with a name and no value yet.
    @inline(__always)
    mutating func begin(name: Int, _ length: UInt32, word: UInt64) {
        self.name = UInt32(truncatingIfNeeded: name)
        nameLength = length
        self.word = word
        isNameQuoted = false
        isNameEscaped = false
        isValueEscaped = false
    }
}

/// How labels can be added to a series without touching the rest of its bytes.
enum StampPlace {
    /// `name 1`: behind the name, with braces.
    case withoutBraces
    /// `name{} 1`: inside the empty braces.
    case emptyBraces
    /// `name{a="b"} 1`: before the first label.
    case beforeLabels
    /// `{"name"} 1`: behind the name, whatever follows.
    case afterQuotedName
}

/// One series line, taken apart by ``SeriesLexer``. Offsets are into the buffer being lexed.
@safe struct SeriesRecord: ~Copyable {
    private(set) var labels: UnsafeMutablePointer<LabelSpan>
    private(set) var labelCount = 0
    private var capacity = 32

    /// Where the series begins, blanks in front included.
    var start = 0
    /// The metric name, without quotes.
    var name = 0
    var nameLength = 0
    var isNameQuoted = false
    var isNameEscaped = false
    /// Where the opening brace stands; -1 without braces.
    var openBrace = -1
    var stampPlace = StampPlace.withoutBraces
    var stampOffset = 0
    /// Behind the name or the closing brace: value, timestamp and exemplar follow.
    var seriesEnd = 0
    /// Labels with an empty value: they count as absent.
    var emptyLabels = 0
    /// Raw line feeds inside quotes.
    var extraLines = 0
    /// ``LabelBits`` of the label names: all of them where a name has to be looked at more closely.
    var labelBits: UInt64 = 0
    /// What Prometheus accepts from a parser and refuses to append; no error if a rule drops the series.
    var fault: MalformedReason?

    init() {
        unsafe labels = .allocate(capacity: 32)
    }

    deinit {
        unsafe labels.deallocate()
    }

    mutating func reset() {
        labelCount = 0
        nameLength = 0
        isNameQuoted = false
        isNameEscaped = false
        openBrace = -1
        emptyLabels = 0
        extraLines = 0
        labelBits = 0
        fault = nil
    }

    /// Where the next label is written before it counts: copying a span just written would stall.
    @inline(__always)
    mutating func nextLabel() -> UnsafeMutablePointer<LabelSpan> {
        if labelCount == capacity { grow() }
        return unsafe labels + labelCount
    }

    /// Counts the label that was written to ``nextLabel()``.
    @inline(__always)
    mutating func appendLabel() {
        labelCount &+= 1
    }

    @inline(never)
    private mutating func grow() {
        let larger = UnsafeMutablePointer<LabelSpan>.allocate(capacity: capacity * 2)
        unsafe larger.update(from: labels, count: labelCount)
        unsafe labels.deallocate()
        unsafe labels = larger
        capacity *= 2
    }
}
