import Relabeling

/// Rewrites the fields of one family after another.
///
/// What is called for every metric is `mutating` even where it changes nothing: Swift 6.3 copies the pass to call what is not.
@safe struct ProtobufPass: ~Copyable {
    private var family = ProtobufFamily()
    private var fate = SummaryFate.whole
    private var metric = ProtobufMetric()
    private var labels: Labels
    private let stamps: StampLabels
    private let hasStampLane: Bool
    private let fingerprints: StampFingerprints
    private var collisions = CollisionTable()
    /// The messages of what is left of summaries when only their quantiles are.
    private var quantiles = OutputBytes()
    private let sampleLength: Int

    init(_ plan: RewritePlan, sampleLength: Int) {
        labels = Labels(plan.relabeler)
        stamps = plan.stamps
        hasStampLane = plan.hasStampLane
        fingerprints = StampFingerprints(plan, labels.hasher)
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
        writeQuantileFamily(to: &output)
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
        writeQuantileFamily(to: &output)
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
        fate = type == .summary ? SummaryFate(of: family, under: &labels) : .whole
        quantiles.removeAll()
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
        let lost = fate.samplesLost(of: metric)
        let samples = metric.samples(as: type) - lost
        meter.dropByRule(samples: lost)
        guard samples > 0 else { return false }
        if hasStampLane, fate == .whole, !stamps.concern(metric), !isDroppedByName(as: type) {
            return unsafe try stamp(base, field, as: type, samples: samples, &meter, to: &output)
        }
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
        guard isAdmitted(samples: samples, &meter) else { return false }
        try pass(labels: labels.presentCount, samples: samples, as: type, &meter)
        if fate == .quantilesOnly {
            unsafe writeQuantiles(base, field.payload)
            return false
        }
        family.hasSurvivors = true
        if outcome == .unchanged, lost == 0 {
            unsafe output.append(base, field.whole)
            return true
        }
        unsafe writeRelabeled(base, field.payload, to: &output)
        return false
    }

    /// Holds a metric that leaves against the limits.
    private mutating func pass(
        labels: Int, samples: Int, as type: MetricKind, _ meter: inout RewriteMeter
    ) throws(ProtobufError) {
        do throws(RewriteError) {
            let madeUp = fate != .withoutQuantiles && metric.hasMadeUpLabel(as: type) ? 1 : 0
            try meter.check(labels: labels + madeUp)
            try meter.pass(samples: samples)
        } catch {
            throw .limit(error)
        }
    }

    /// The name of the metric's series, or of one of them. Points into the family.
    private mutating func seriesName(as type: MetricKind) -> ByteRun {
        let hasParts = type == .summary ? fate != .quantilesOnly : metric.hasMadeUpLabel(as: type)
        return hasParts ? family.partName : family.name
    }

    private mutating func collectLabels(_ base: UnsafePointer<UInt8>, as type: MetricKind) {
        let metricName: StaticString = "__name__"
        labels.begin()
        labels.append(
            name: unsafe ByteRun(start: metricName.utf8Start, count: metricName.utf8CodeUnitCount),
            value: seriesName(as: type), origin: 0)
        for (index, label) in metric.labels.enumerated() {
            labels.append(
                name: unsafe ByteRun(start: base + label.name.lowerBound, count: label.name.count),
                value: unsafe ByteRun(start: base + label.value.lowerBound, count: label.value.count),
                origin: index + 1)
        }
    }

    /// Whether the series are no others that rewriting made equal to earlier ones (spec 7.8); counts them if they are.
    private mutating func isAdmitted(samples: Int, _ meter: inout RewriteMeter) -> Bool {
        switch labels.relabeler.traits.merging {
        case .never: return true
        case .betweenCarriers where !isCarrier: return true
        case .betweenCarriers, .anywhere: break
        }
        let admission = collisions.admit(input: labels.inputFingerprint, output: labels.fingerprint())
        return !isLost(admission, samples: samples, &meter)
    }

    private mutating func isLost(
        _ admission: CollisionTable.Admission, samples: Int, _ meter: inout RewriteMeter
    ) -> Bool {
        switch admission {
        case .first, .repeated: return false
        case .collision: meter.dropCollision(samples: samples)
        case .repeatedCollision: meter.dropRepeat(samples: samples)
        }
        return true
    }

    /// Has a label that a stamp took the name of, or one that looks as if it had lost its name to a stamp.
    private var isCarrier: Bool {
        let exported = Array("exported_".utf8)
        for index in 1..<labels.count {
            let label = labels[index]
            if index <= metric.labels.count, label.isPresent, label.origin < 0 { return true }
            if unsafe label.name.bytes.starts(with: exported) { return true }
        }
        return false
    }
}

// MARK: - Stamp lane

extension ProtobufPass {
    private mutating func isDroppedByName(as type: MetricKind) -> Bool {
        labels.relabeler.traits.dropsByName && labels.dropsSeries(named: seriesName(as: type))
    }

    /// Puts the constant labels behind those of the metric, and copies all else (spec 7.4).
    ///
    /// - Returns: whether the metric leaves as it was.
    private mutating func stamp(
        _ base: UnsafePointer<UInt8>, _ field: WireField, as type: MetricKind, samples: Int,
        _ meter: inout RewriteMeter, to output: inout OutputBytes
    ) throws(ProtobufError) -> Bool {
        if fingerprints.areNeeded {
            let input = unsafe fingerprint(base, as: type)
            let admission = collisions.admitStamped(input, adding: fingerprints.added)
            if isLost(admission, samples: samples, &meter) { return false }
        }
        let count = 1 + metric.labels.count - metric.emptyLabels + stamps.labels.count
        try pass(labels: count, samples: samples, as: type, &meter)
        family.hasSurvivors = true
        if stamps.isEmpty {
            unsafe output.append(base, field.whole)
            return true
        }
        let place = metric.labels.last?.field.upperBound ?? field.payload.lowerBound
        output.append(ProtobufTag.metric)
        output.appendVarint(field.payload.count + stamps.pairs.count)
        unsafe output.append(base, field.payload.lowerBound..<place)
        output.append(stamps.pairs)
        unsafe output.append(base, place..<field.payload.upperBound)
        return false
    }

    /// The fingerprint of the label set that the metric's labels make up.
    private mutating func fingerprint(_ base: UnsafePointer<UInt8>, as type: MetricKind) -> UInt64 {
        var sum = fingerprints.hash(metricName: seriesName(as: type))
        for label in metric.labels where !label.value.isEmpty {
            sum &+= fingerprints.hash(
                unsafe ByteRun(start: base + label.name.lowerBound, count: label.name.count),
                unsafe ByteRun(start: base + label.value.lowerBound, count: label.value.count))
        }
        return sum
    }
}

// MARK: - Writing

extension ProtobufPass {
    /// Writes the metric at `base[range]` with its labels first, those that were there as they stood; then all else.
    private func writeRelabeled(_ base: UnsafePointer<UInt8>, _ range: Range<Int>, to output: inout OutputBytes) {
        output.append(ProtobufTag.metric)
        let message = output.beginMessage(expected: range.count)
        unsafe writeLabels(base, to: &output)
        var copied = range.lowerBound
        for label in metric.labels {
            unsafe writeValues(base, copied..<label.field.lowerBound, to: &output)
            copied = label.field.upperBound
        }
        unsafe writeValues(base, copied..<range.upperBound, to: &output)
        output.endMessage(message)
    }

    private func writeLabels(_ base: UnsafePointer<UInt8>, to output: inout OutputBytes) {
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
    }

    /// Writes fields of a metric that are no labels.
    private func writeValues(_ base: UnsafePointer<UInt8>, _ range: Range<Int>, to output: inout OutputBytes) {
        if fate == .withoutQuantiles {
            unsafe SummaryFate.appendWithoutQuantiles(base, range, to: &output)
        } else {
            unsafe output.append(base, range)
        }
    }

    private mutating func writeQuantiles(_ base: UnsafePointer<UInt8>, _ metric: Range<Int>) {
        var pairs = OutputBytes()
        unsafe writeLabels(base, to: &pairs)
        unsafe SummaryFate.appendQuantiles(base, metric, labels: pairs, to: &quantiles)
    }

    private mutating func writeQuantileFamily(to output: inout OutputBytes) {
        if quantiles.isEmpty { return }
        let message = output.beginMessage(expected: family.head.count + quantiles.count)
        SummaryFate.appendUntypedHead(name: family.name, to: &output)
        unsafe output.append(quantiles.base, 0..<quantiles.count)
        output.endMessage(message)
    }
}
