import Relabeling

/// What rules leave of the summaries of one family when they drop by name alone.
///
/// The quantiles of a summary have the family's own name, its count and sum do not, so that a rule for that name means some of
/// its series only. In protobuf they are one message; what is left of it is written so that the same series come out.
enum SummaryFate {
    case whole
    /// A summary may lack quantiles: they are left out of the message.
    case withoutQuantiles
    /// A summary always has count and sum: the quantiles are written as untyped metrics.
    case quantilesOnly

    init(of family: borrowing ProtobufFamily, under labels: inout Labels) {
        self = .whole
        guard labels.relabeler.traits.dropsByName else { return }
        let dropsQuantiles = labels.dropsSeries(named: family.name)
        let dropsParts = labels.dropsSeries(named: family.partName)
        if dropsQuantiles, !dropsParts { self = .withoutQuantiles }
        if !dropsQuantiles, dropsParts { self = .quantilesOnly }
    }

    func samplesLost(of metric: borrowing ProtobufMetric) -> Int {
        switch self {
        case .whole: 0
        case .withoutQuantiles: metric.quantiles
        case .quantilesOnly: 2
        }
    }

    // MARK: - Writing. The bytes have been read before: they are well formed.

    /// Appends the fields of a metric in `base[range]`, its summary without quantiles.
    static func appendWithoutQuantiles(
        _ base: UnsafePointer<UInt8>, _ range: Range<Int>, to output: inout OutputBytes
    ) {
        unsafe forEachField(base, range) { field in
            guard field.number == 4 else { return unsafe output.append(base, field.whole) }
            output.append(ProtobufTag.summary)
            let message = output.beginMessage(expected: field.payload.count)
            unsafe forEachField(base, field.payload) { part in
                if part.number != 3 { unsafe output.append(base, part.whole) }
            }
            output.endMessage(message)
        }
    }

    /// Appends a field `MetricFamily.metric` for each quantile of the metric in `base[range]`, with `labels`, which are
    /// fields `Metric.label`, and `quantile`.
    static func appendQuantiles(
        _ base: UnsafePointer<UInt8>, _ range: Range<Int>, labels: borrowing OutputBytes, to output: inout OutputBytes
    ) {
        var timestamp: Range<Int>?
        unsafe forEachField(base, range) { if $0.number == 6 { timestamp = $0.whole } }
        unsafe forEachField(base, range) { summary in
            guard summary.number == 4 else { return }
            unsafe forEachField(base, summary.payload) { quantile in
                guard quantile.number == 3 else { return }
                var rank: UInt64 = 0
                var value: UInt64 = 0
                unsafe forEachField(base, quantile.payload) { part in
                    if part.number == 1 { rank = part.value }
                    if part.number == 2 { value = part.value }
                }
                output.append(ProtobufTag.metric)
                let message = output.beginMessage(expected: labels.count + 40)
                unsafe output.append(labels.base, 0..<labels.count)
                appendQuantileLabel(Double(bitPattern: rank), to: &output)
                output.append(ProtobufTag.untyped)
                output.appendVarint(9)
                output.append(ProtobufTag.untypedValue)
                unsafe withUnsafeBytes(of: value.littleEndian) { unsafe output.append($0) }
                if let timestamp { unsafe output.append(base, timestamp) }
                output.endMessage(message)
            }
        }
    }

    static func appendUntypedHead(name: ByteRun, to output: inout OutputBytes) {
        output.appendString(ProtobufTag.familyName, name)
        output.append(ProtobufTag.familyType)
        output.appendVarint(Int(MetricKind.untyped.rawValue))
    }

    private static func appendQuantileLabel(_ rank: Double, to output: inout OutputBytes) {
        output.appendLabel(name: Array("quantile".utf8), value: Array(LabelNumber.spelled(rank).utf8))
    }

    private static func forEachField(
        _ base: UnsafePointer<UInt8>, _ range: Range<Int>, _ body: (WireField) -> Void
    ) {
        var reader = unsafe WireReader(base, range)
        while !reader.isAtEnd, let field = try? reader.readField() { body(field) }
    }
}
