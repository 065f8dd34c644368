import Relabeling

/// Rewrites the fields of one family after another.
@safe struct ProtobufPass: ~Copyable {
    private var family = ProtobufFamily()
    private var metric = ProtobufMetric()
    private var labels: Labels
    private let sampleLength: Int

    init(_ relabeler: ScrapeRelabeler, sampleLength: Int) {
        labels = Labels(relabeler)
        self.sampleLength = sampleLength
    }

    mutating func beginFamily() {
        family.reset()
    }

    /// Rewrites the whole family at `base[range]`, whose length ends at `content`.
    mutating func rewrite(
        _ base: UnsafePointer<UInt8>, _ range: Range<Int>, content: Int, _ meter: inout RewriteMeter,
        to output: inout OutputBytes
    ) throws(ProtobufError) {
        let fields = content..<range.upperBound
        unsafe try readHead(base, fields)
        let mark = output.count
        let message = output.beginMessage(expected: fields.count)
        let hasChanged = unsafe try rewriteFields(base, fields, &meter, to: &output)
        if !hasChanged {
            output.truncate(to: mark)
            unsafe output.append(base, range)
        } else if family.hasSurvivors {
            output.endMessage(message)
        } else {
            output.truncate(to: mark)
        }
    }

    /// Rewrites `base[range]`, whole fields of a long family, into a message of its own.
    mutating func rewritePart(
        _ base: UnsafePointer<UInt8>, _ range: Range<Int>, _ meter: inout RewriteMeter, to output: inout OutputBytes
    ) throws(ProtobufError) {
        let mark = output.count
        let message = output.beginMessage(expected: family.head.count + range.count)
        // What this part says itself of the family stands behind, and adds to it.
        unsafe output.append(family.head.base, 0..<family.head.count)
        unsafe try readHead(base, range)
        family.hasSurvivors = false
        _ = unsafe try rewriteFields(base, range, &meter, to: &output)
        if family.hasSurvivors || !family.hasMetrics {
            output.endMessage(message)
        } else {
            output.truncate(to: mark)
        }
    }

    /// How much of `base[range]` is whole fields.
    static func wholeFields(
        _ base: UnsafePointer<UInt8>, _ range: Range<Int>, isLast: Bool
    ) throws(ProtobufError) -> Int {
        var reader = unsafe WireReader(base, range)
        var end = range.lowerBound
        while !reader.isAtEnd {
            do throws(ProtobufError) {
                _ = try reader.readField()
            } catch {
                if case .truncated = error, !isLast { break }
                throw error
            }
            end = reader.position
        }
        return end - range.lowerBound
    }

    /// Reads all fields that are no metric, so that name and type are known before the first metric is rewritten.
    private mutating func readHead(_ base: UnsafePointer<UInt8>, _ range: Range<Int>) throws(ProtobufError) {
        let isContinued = family.hasMetrics
        var reader = unsafe WireReader(base, range)
        while !reader.isAtEnd {
            let field = try reader.readField()
            if field.number == 4 {
                try field.expect(.length)
                family.hasMetrics = true
            } else {
                guard !isContinued || field.number > 3 else {
                    throw .refused("a family too long to be held says its name, help or type behind its metrics")
                }
                unsafe try family.take(field, base)
            }
        }
    }

    /// - Returns: whether anything is not as it was.
    private mutating func rewriteFields(
        _ base: UnsafePointer<UInt8>, _ range: Range<Int>, _ meter: inout RewriteMeter, to output: inout OutputBytes
    ) throws(ProtobufError) -> Bool {
        // Nothing more is asked of a family without metrics, by Prometheus neither.
        let type = family.hasMetrics ? try family.type() : .untyped
        var hasChanged = false
        var reader = unsafe WireReader(base, range)
        while !reader.isAtEnd {
            let field = try reader.readField()
            guard field.number == 4 else {
                unsafe output.append(base, field.whole)
                continue
            }
            unsafe try metric.read(base, field.payload, of: type)
            let isAsItWas = unsafe try rewriteMetric(base, field, as: type, &meter, to: &output)
            if !isAsItWas { hasChanged = true }
        }
        return hasChanged
    }

    /// - Returns: whether the metric leaves as it was.
    private mutating func rewriteMetric(
        _ base: UnsafePointer<UInt8>, _ field: WireField, as type: MetricKind, _ meter: inout RewriteMeter,
        to output: inout OutputBytes
    ) throws(ProtobufError) -> Bool {
        guard field.payload.count <= sampleLength else { throw .sampleTooLong(field.payload.count) }
        let samples = metric.samples(as: type)
        unsafe collectLabels(base, as: type)
        let outcome = labels.relabel()
        switch outcome {
        case .dropped, .leftWithoutLabels:
            meter.dropByRule(samples: samples)
            return false
        case .leftWithoutName:
            throw .refused(MalformedReason.relabeledNameMissing.rawValue)
        case .unchanged, .changed:
            break
        }
        do throws(RewriteError) {
            try meter.check(labels: labels.presentCount + (metric.hasMadeUpLabel(as: type) ? 1 : 0))
            try meter.pass(samples: samples)
        } catch {
            throw .limit(error)
        }
        family.hasSurvivors = true
        if outcome == .unchanged {
            unsafe output.append(base, field.whole)
            return true
        }
        unsafe writeRelabeled(base, field.payload, to: &output)
        return false
    }

    private mutating func collectLabels(_ base: UnsafePointer<UInt8>, as type: MetricKind) {
        let metricName: StaticString = "__name__"
        labels.begin()
        labels.append(
            name: unsafe ByteRun(start: metricName.utf8Start, count: metricName.utf8CodeUnitCount),
            value: family.seriesName(of: metric, as: type), origin: 0)
        for (index, label) in metric.labels.enumerated() {
            labels.append(
                name: unsafe ByteRun(start: base + label.name.lowerBound, count: label.name.count),
                value: unsafe ByteRun(start: base + label.value.lowerBound, count: label.value.count),
                origin: index + 1)
        }
    }
}

// MARK: - Writing

/// Tags of the fields that are written: all are length-delimited.
enum ProtobufTag {
    /// `MetricFamily.metric`.
    static let metric: UInt8 = 4 << 3 | 2
    /// `Metric.label`.
    static let label: UInt8 = 1 << 3 | 2
    /// `LabelPair.name`.
    static let labelName: UInt8 = 1 << 3 | 2
    /// `LabelPair.value`.
    static let labelValue: UInt8 = 2 << 3 | 2
}

extension ProtobufPass {
    /// Writes the metric at `base[range]` with its labels first, those that were there as they stood; then all else.
    private func writeRelabeled(_ base: UnsafePointer<UInt8>, _ range: Range<Int>, to output: inout OutputBytes) {
        let rest = range.count - metric.labelLength
        output.append(ProtobufTag.metric)
        let message = output.beginMessage(expected: rest + metric.labelLength)
        // The first is the metric's name. It is its family's, and rules that change it are not applied to protobuf.
        for index in 1..<labels.count {
            let label = labels[index]
            if label.origin > 0 {
                let pair = metric.labels[Int(label.origin) - 1]
                // An empty label counts as none, and stays as it is.
                if label.isPresent || pair.value.isEmpty { unsafe output.append(base, pair.field) }
            } else if label.isPresent {
                output.appendLabel(name: label.name, value: label.value)
            }
        }
        var copied = range.lowerBound
        for label in metric.labels {
            unsafe output.append(base, copied..<label.field.lowerBound)
            copied = label.field.upperBound
        }
        unsafe output.append(base, copied..<range.upperBound)
        output.endMessage(message)
    }
}

extension OutputBytes {
    /// Appends a field `Metric.label`.
    mutating func appendLabel(name: ByteRun, value: ByteRun) {
        append(ProtobufTag.label)
        let length =
            2 + Self.varintLength(name.count) + name.count + Self.varintLength(value.count) + value.count
        appendVarint(length)
        append(ProtobufTag.labelName)
        appendVarint(name.count)
        unsafe append(name.start, 0..<name.count)
        append(ProtobufTag.labelValue)
        appendVarint(value.count)
        unsafe append(value.start, 0..<value.count)
    }
}
