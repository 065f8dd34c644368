import Relabeling

/// Turns a series line into the label set that rules see.
@safe struct LabelSetReader: ~Copyable {
    /// The label that holds numbers under the last TYPE line, whatever its family: as Prometheus' parsers do.
    private var numberWord: UInt64 = 0
    private var numberLength = UInt32.max
    private let metricName = unsafe ByteRun(start: ("__name__" as StaticString).utf8Start, count: 8)
    private var scratch = SeriesScratch()
    private var numbers = NumberCache()

    mutating func type(_ type: MetricType) {
        switch type {
        case .histogram:
            numberWord = LabelBits.word(of: Array("le".utf8))
            numberLength = 2
        case .summary:
            numberWord = LabelBits.word(of: Array("quantile".utf8))
            numberLength = 8
        default: numberLength = .max
        }
    }

    /// Fills `labels`, with 0 as the origin of the name and 1 and up as those of the labels.
    @inline(__always)
    mutating func read(
        _ record: borrowing SeriesRecord, _ base: UnsafePointer<UInt8>, into labels: inout Labels
    ) {
        labels.begin()
        // The name may stand in front of the braces or inside.
        let length = record.seriesEnd - record.start
        scratch.begin(length + LabelNumber.longest * record.labelCount)
        let name = unsafe text(base + record.name, record.nameLength, isEscaped: record.isNameEscaped)
        labels.append(name: metricName, value: name, origin: 0)
        for index in 0..<record.labelCount {
            let label = unsafe label(record.labels[index], base)
            labels.append(name: label.name, value: label.value, origin: index + 1)
        }
    }

    /// The fingerprint of the label set that ``read(_:_:into:)`` would make, without making it.
    @inline(__always)
    mutating func fingerprint(
        _ record: borrowing SeriesRecord, _ base: UnsafePointer<UInt8>, _ fingerprints: StampFingerprints
    ) -> UInt64 {
        scratch.begin(record.seriesEnd - record.start + LabelNumber.longest * record.labelCount)
        let name = unsafe text(base + record.name, record.nameLength, isEscaped: record.isNameEscaped)
        var sum = fingerprints.hash(metricName: name)
        for index in 0..<record.labelCount where unsafe record.labels[index].valueLength > 0 {
            let label = unsafe label(record.labels[index], base)
            sum &+= fingerprints.hash(label.name, label.value)
        }
        return sum
    }

    @inline(__always)
    private mutating func label(_ span: LabelSpan, _ base: UnsafePointer<UInt8>) -> (name: ByteRun, value: ByteRun) {
        let name = unsafe text(base + Int(span.name), Int(span.nameLength), isEscaped: span.isNameEscaped)
        var value = unsafe text(base + Int(span.value), Int(span.valueLength), isEscaped: span.isValueEscaped)
        if span.nameLength == numberLength, span.word == numberWord { unsafe value = number(base, span) ?? value }
        return (name, value)
    }

    @inline(__always)
    private mutating func text(_ start: UnsafePointer<UInt8>, _ length: Int, isEscaped: Bool) -> ByteRun {
        if !isEscaped { return unsafe ByteRun(start: start, count: length) }
        let target = unsafe scratch.take(length)
        let count = unsafe Escaping.unescape(start, length, into: target)
        return unsafe ByteRun(start: target, count: count)
    }

    private mutating func number(_ base: UnsafePointer<UInt8>, _ span: LabelSpan) -> ByteRun? {
        let target = unsafe scratch.take(LabelNumber.longest)
        let count = unsafe numbers.normalize(base, Int(span.value), Int(span.valueLength), into: target)
        return count > 0 ? unsafe ByteRun(start: target, count: count) : nil
    }
}
