/// Whether the labels of a series have distinct names, which Prometheus demands when it appends.
enum LabelNames {
    /// `__name__`, first byte highest: what ``ByteScan/word(_:_:_:_:)`` makes of it, byte-swapped.
    static let metricNameOrder: UInt64 = 0x5F5F_6E61_6D65_5F5F

    /// The quick check: false where only ``areDistinct(_:_:)`` can tell.
    @inline(never)
    static func isSurelyNew(
        _ span: LabelSpan, _ record: borrowing SeriesRecord, _ base: UnsafePointer<UInt8>
    ) -> Bool {
        let length = Int(span.nameLength)
        let isMetricName = length == 8 && span.word.byteSwapped == metricNameOrder
        guard length > 0, !span.isNameEscaped, !isMetricName, record.labelCount < 64 else { return false }
        for index in 0..<record.labelCount {
            let other = unsafe record.labels[index]
            guard other.word == span.word, other.nameLength == span.nameLength || other.isNameEscaped else { continue }
            guard !other.isNameEscaped, unsafe !same(base + Int(other.name), base + Int(span.name), length) else {
                return false
            }
        }
        return true
    }

    /// The full check. A label that occurs twice is tolerated where one of them is empty: Prometheus then takes both as
    /// absent.
    @inline(never)
    static func areDistinct(_ record: borrowing SeriesRecord, _ base: UnsafePointer<UInt8>) -> Bool {
        var labels: [(name: [UInt8], isEmpty: Bool)] = [(Array("__name__".utf8), false)]
        for index in 0..<record.labelCount {
            let span = unsafe record.labels[index]
            let raw = unsafe UnsafeBufferPointer(start: base + Int(span.name), count: Int(span.nameLength))
            let name = unsafe span.isNameEscaped ? Escaping.unescaped(raw) : Array(raw)
            if name.isEmpty, span.valueLength > 0 { return false }
            labels.append((name, span.valueLength == 0))
        }
        labels.sort { $0.name.lexicographicallyPrecedes($1.name) }
        var first = 0
        for index in labels.indices.dropFirst() {
            if labels[index].name != labels[first].name { first = index }
            let repeated = labels[first...index]
            guard repeated.count == 1 || repeated.contains(where: \.isEmpty) else { return false }
        }
        return true
    }

    private static func same(_ left: UnsafePointer<UInt8>, _ right: UnsafePointer<UInt8>, _ length: Int) -> Bool {
        for index in 0..<length where unsafe left[index] != right[index] { return false }
        return true
    }
}
