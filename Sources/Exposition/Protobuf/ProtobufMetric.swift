/// Where one label pair of a `Metric` stands in the buffer.
struct LabelPair {
    /// The whole field, tag included.
    let field: Range<Int>
    let name: Range<Int>
    let value: Range<Int>
    /// ``ByteScan/word(_:_:_:_:)`` of the name.
    let word: UInt64
}

/// One `Metric` of a family, taken apart. Kept from metric to metric, so that nothing is allocated for each.
struct ProtobufMetric {
    private(set) var labels: [LabelPair] = []
    /// Bytes of all label fields.
    private(set) var labelLength = 0
    /// Labels with an empty value: they count as absent.
    private(set) var emptyLabels = 0
    /// ``LabelBits`` of the label names.
    private(set) var labelBits: UInt64 = 0
    private var buckets = 0
    /// Buckets up to the first that ends at +Inf, where Prometheus stops reading.
    private var bucketsToInfinity: Int?
    private(set) var quantiles = 0
    private var hasSpans = false
    private var zeroThreshold = 0.0
    private var zeroCount: UInt64 = 0

    /// Reads the message at `base[range]`, and refuses what Prometheus refuses.
    mutating func read(_ base: UnsafePointer<UInt8>, _ range: Range<Int>, of type: MetricKind) throws(ProtobufError) {
        reset()
        var reader = unsafe WireReader(base, range)
        while !reader.isAtEnd {
            let field = try reader.readField()
            switch field.number {
            case 1:
                try field.expect(.length)
                unsafe try readLabel(base, field)
            case 2: unsafe try check(.gauge, base, field)
            case 3: unsafe try check(.counter, base, field)
            case 4:
                try field.expect(.length)
                unsafe try readSummary(base, field.payload)
            case 5: unsafe try check(.untyped, base, field)
            case 6: try field.expect(.varint)
            case 7:
                try field.expect(.length)
                unsafe try readHistogram(base, field.payload)
            default: break
            }
        }
        unsafe try checkNames(base, of: type)
    }

    /// A histogram that Prometheus takes as a native one, whatever classic buckets it has besides.
    func isNative(as type: MetricKind) -> Bool {
        (type == .histogram || type == .gaugeHistogram) && (hasSpans || zeroThreshold > 0 || zeroCount > 0)
    }

    /// The samples that Prometheus makes of it.
    func samples(as type: MetricKind) -> Int {
        switch type {
        case .counter, .gauge, .untyped: 1
        case .summary: 2 + quantiles
        case .histogram, .gaugeHistogram: isNative(as: type) ? 1 : 2 + (bucketsToInfinity ?? buckets + 1)
        }
    }

    /// Whether some of these samples have a label `le` or `quantile` that is no label of the message.
    func hasMadeUpLabel(as type: MetricKind) -> Bool {
        switch type {
        case .counter, .gauge, .untyped: false
        case .summary: quantiles > 0
        case .histogram, .gaugeHistogram: !isNative(as: type)
        }
    }

    private mutating func reset() {
        labels.removeAll(keepingCapacity: true)
        labelLength = 0
        emptyLabels = 0
        labelBits = 0
        buckets = 0
        bucketsToInfinity = nil
        quantiles = 0
        hasSpans = false
        zeroThreshold = 0
        zeroCount = 0
    }

    private func check(
        _ message: ValueMessage, _ base: UnsafePointer<UInt8>, _ field: WireField
    ) throws(ProtobufError) {
        try field.expect(.length)
        unsafe try message.check(base, field.payload)
    }

    private mutating func readLabel(_ base: UnsafePointer<UInt8>, _ field: WireField) throws(ProtobufError) {
        var name = field.payload.lowerBound..<field.payload.lowerBound
        var value = name
        var reader = unsafe WireReader(base, field.payload)
        while !reader.isAtEnd {
            let part = try reader.readField()
            switch part.number {
            case 1:
                try part.expect(.length)
                name = part.payload
                guard !name.isEmpty, unsafe UTF8Check.isValid(base, name) else { throw .refused("invalid label name") }
            case 2:
                try part.expect(.length)
                value = part.payload
                guard unsafe UTF8Check.isValid(base, value) else { throw .refused("invalid label value") }
            default: break
            }
        }
        guard !name.isEmpty || value.isEmpty else { throw .refused("label without a name") }
        let word = unsafe ByteScan.word(base, name.lowerBound, name.count, field.payload.upperBound)
        labels.append(LabelPair(field: field.whole, name: name, value: value, word: word))
        labelBits |= LabelBits.of(word)
        if value.isEmpty { emptyLabels += 1 }
        labelLength += field.whole.count
    }

    private mutating func readSummary(_ base: UnsafePointer<UInt8>, _ range: Range<Int>) throws(ProtobufError) {
        var reader = unsafe WireReader(base, range)
        while !reader.isAtEnd {
            let field = try ValueMessage.summary.readField(&reader)
            if field.number == 3 { quantiles += 1 }
        }
    }

    private mutating func readHistogram(_ base: UnsafePointer<UInt8>, _ range: Range<Int>) throws(ProtobufError) {
        var reader = unsafe WireReader(base, range)
        while !reader.isAtEnd {
            let field = try ValueMessage.histogram.readField(&reader)
            switch field.number {
            case 3:
                buckets += 1
                if bucketsToInfinity == nil, unsafe try endsAtInfinity(base, field.payload) {
                    bucketsToInfinity = buckets
                }
            case 6: zeroThreshold = Double(bitPattern: field.value)
            case 7: zeroCount = field.value
            case 9, 12: hasSpans = true
            default: break
            }
        }
    }

    private func endsAtInfinity(_ base: UnsafePointer<UInt8>, _ bucket: Range<Int>) throws(ProtobufError) -> Bool {
        var upperBound = 0.0
        var reader = unsafe WireReader(base, bucket)
        while !reader.isAtEnd {
            let field = try reader.readField()
            if field.number == 2 { upperBound = Double(bitPattern: field.value) }
        }
        return upperBound == .infinity
    }
}

// MARK: - Distinct names

extension ProtobufMetric {
    /// Prometheus refuses a series that has a label twice, be it one that it makes up itself.
    private func checkNames(_ base: UnsafePointer<UInt8>, of type: MetricKind) throws(ProtobufError) {
        let madeUp: StaticString = type == .summary ? "quantile" : "le"
        let hasMadeUp = hasMadeUpLabel(as: type)
        // Libraries sort labels, and what rises strictly is distinct.
        var isRising = true
        for (index, label) in labels.enumerated() {
            let isTaken =
                unsafe equal(base, label.name, "__name__")
                || (hasMadeUp && !label.value.isEmpty && equal(base, label.name, madeUp))
            guard !isTaken else { throw .refused("label name is not unique") }
            if index > 0, unsafe !precedes(base, labels[index - 1].name, label.name) { isRising = false }
            if !isRising { unsafe try checkNotEarlier(base, index) }
        }
    }

    private func checkNotEarlier(_ base: UnsafePointer<UInt8>, _ index: Int) throws(ProtobufError) {
        for label in labels[..<index] {
            let isRepeated = unsafe equal(base, label.name, base, labels[index].name)
            // An empty label counts as none.
            if isRepeated, !label.value.isEmpty, !labels[index].value.isEmpty {
                throw .refused("label name is not unique")
            }
        }
    }

    private func equal(_ base: UnsafePointer<UInt8>, _ range: Range<Int>, _ text: StaticString) -> Bool {
        unsafe equal(base, range, text.utf8Start, 0..<text.utf8CodeUnitCount)
    }

    private func equal(
        _ left: UnsafePointer<UInt8>, _ leftRange: Range<Int>, _ right: UnsafePointer<UInt8>, _ rightRange: Range<Int>
    ) -> Bool {
        guard leftRange.count == rightRange.count else { return false }
        for index in 0..<leftRange.count
        where unsafe left[leftRange.lowerBound + index] != right[rightRange.lowerBound + index] {
            return false
        }
        return true
    }

    private func precedes(_ base: UnsafePointer<UInt8>, _ left: Range<Int>, _ right: Range<Int>) -> Bool {
        for index in 0..<min(left.count, right.count) {
            let (first, second) = unsafe (base[left.lowerBound + index], base[right.lowerBound + index])
            if first != second { return first < second }
        }
        return left.count < right.count
    }
}

extension UTF8Check {
    /// All of `base[range]` is valid, and quickly so where it is ASCII.
    static func isValid(_ base: UnsafePointer<UInt8>, _ range: Range<Int>) -> Bool {
        var position = range.lowerBound
        while position + 8 <= range.upperBound,
            unsafe UnsafeRawPointer(base + position).loadUnaligned(as: UInt64.self) & 0x8080_8080_8080_8080 == 0
        {
            position += 8
        }
        var check = UTF8Check()
        unsafe check.take(base, position..<range.upperBound)
        return check.isComplete
    }
}
