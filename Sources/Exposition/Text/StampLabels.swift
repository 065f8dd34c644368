import Relabeling

/// The bytes that constant labels add to a series, in every place they can stand (spec 7.4).
struct StampLabels: Sendable {
    /// Labels to add, name and value, in order.
    let labels: [(name: [UInt8], value: [UInt8])]
    private let withoutBraces: [UInt8]
    private let emptyBraces: [UInt8]
    private let beforeLabels: [UInt8]
    private let afterQuotedName: [UInt8]
    /// The same as fields of a protobuf `Metric`.
    let pairs: [UInt8]
    /// ``LabelBits`` of the names of interest: a series with a label of such a name has to go through the rules.
    let interest: UInt64
    /// The beginnings of those names, words as in ``LabelSpan``.
    private let words: [UInt64]

    /// `reservedAreOfInterest`: so are all names that begin with `__`.
    init(_ constants: [ConstantLabel], reservedAreOfInterest: Bool = false) {
        labels = constants.filter { !$0.value.isEmpty }.map { (Array($0.name.utf8), Array($0.value.utf8)) }
        var inner = OutputBytes()
        for (index, label) in labels.enumerated() {
            if index > 0 { inner.append(UInt8(ascii: ",")) }
            Escaping.appendName(label.name, colons: false, to: &inner)
            inner.append("=\"")
            unsafe label.value.withUnsafeBufferPointer { value in
                guard let base = value.baseAddress else { return }
                unsafe Escaping.append(base, value.count, to: &inner)
            }
            inner.append("\"")
        }
        emptyBraces = inner.copyArray()
        withoutBraces = labels.isEmpty ? [] : [UInt8(ascii: "{")] + emptyBraces + [UInt8(ascii: "}")]
        beforeLabels = labels.isEmpty ? [] : emptyBraces + [UInt8(ascii: ",")]
        afterQuotedName = labels.isEmpty ? [] : [UInt8(ascii: ",")] + emptyBraces
        var pairs = OutputBytes()
        for label in labels { pairs.appendLabel(name: label.name, value: label.value) }
        self.pairs = pairs.copyArray()
        let renames = constants.contains { $0.whenPresent == .rename }
        words =
            constants.map { LabelBits.word(of: Array($0.name.utf8)) } + (renames ? [LabelBits.exported] : [])
            + (reservedAreOfInterest ? [LabelBits.reserved] : [])
        interest = words.reduce(0) { $0 | LabelBits.bit(of: $1) }
    }

    /// Whether a series has a label of interest.
    @inline(__always)
    func concern(_ record: borrowing SeriesRecord) -> Bool {
        if record.labelBits & interest == 0 { return false }
        return concernNames(of: record)
    }

    /// The names themselves: different ones may have the same bit.
    @inline(never)
    private func concernNames(of record: borrowing SeriesRecord) -> Bool {
        for index in 0..<record.labelCount {
            let span = unsafe record.labels[index]
            if span.isNameEscaped || concern(span.word) { return true }
        }
        return record.nameLength == 0
    }

    func concern(_ metric: ProtobufMetric) -> Bool {
        if metric.labelBits & interest == 0 { return false }
        return metric.labels.contains { concern($0.word) }
    }

    private func concern(_ word: UInt64) -> Bool { LabelBits.isReserved(word) || words.contains(word) }

    var isEmpty: Bool { labels.isEmpty }

    @inline(__always)
    func append(at place: StampPlace, to output: inout OutputBytes) {
        switch place {
        case .withoutBraces: output.append(withoutBraces)
        case .emptyBraces: output.append(emptyBraces)
        case .beforeLabels: output.append(beforeLabels)
        case .afterQuotedName: output.append(afterQuotedName)
        }
    }
}

/// A Bloom filter of one word: which label names a series may have.
enum LabelBits {
    /// Names that begin so are what a stamped label leaves of one that was there (spec 7.2).
    static let exported = word(of: Array("exported".utf8))
    /// Stands for all names that begin so.
    static let reserved = word(of: Array("__".utf8))

    @inline(__always)
    static func bit(of word: UInt64) -> UInt64 {
        1 &<< ((word &* 0x9E37_79B9_7F4A_7C15) &>> 58)
    }

    @inline(__always)
    static func isReserved(_ word: UInt64) -> Bool { word & 0xFFFF == 0x5F5F }

    /// Escaped names and those that begin with `__` set all bits: rules must look at them.
    @inline(__always)
    static func of(_ word: UInt64, isEscaped: Bool = false) -> UInt64 {
        isEscaped || isReserved(word) ? .max : bit(of: word)
    }

    static func word(of name: [UInt8]) -> UInt64 {
        unsafe name.withUnsafeBufferPointer { buffer in
            guard let base = buffer.baseAddress else { return 0 }
            return unsafe ByteScan.word(base, 0, buffer.count, buffer.count)
        }
    }
}
