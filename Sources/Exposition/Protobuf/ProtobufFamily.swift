import Relabeling

/// What a `MetricFamily` says of itself, collected from its fields wherever they stand.
@safe struct ProtobufFamily: ~Copyable {
    /// The name, with `_count` behind it: what the series of classic histograms and summaries are called.
    private var nameBytes = OutputBytes(capacity: 256)
    private(set) var nameLength = 0
    private var unit: [UInt8] = []
    private var rawType: Int32 = 0
    private var isHelpValid = true
    /// The fields `name`, `help` and `type` as they stand, to be said again where the family leaves in parts.
    private(set) var head = OutputBytes(capacity: 256)
    /// A metric has been read: what comes now can't change what it belonged to.
    var hasMetrics = false
    /// Some metric has left.
    var hasSurvivors = false

    mutating func reset() {
        nameBytes.removeAll()
        nameLength = 0
        unit.removeAll(keepingCapacity: true)
        rawType = 0
        isHelpValid = true
        head.removeAll()
        hasMetrics = false
        hasSurvivors = false
    }

    /// Takes a field that is no metric. Of one that occurs twice, the last counts.
    mutating func take(_ field: WireField, _ base: UnsafePointer<UInt8>) throws(ProtobufError) {
        switch field.number {
        case 1:
            try field.expect(.length)
            nameBytes.removeAll()
            unsafe nameBytes.append(base, field.payload)
            nameBytes.append("_count")
            nameLength = field.payload.count
            unsafe head.append(base, field.whole)
        case 2:
            try field.expect(.length)
            isHelpValid = unsafe UTF8Check.isValid(base, field.payload)
            unsafe head.append(base, field.whole)
        case 3:
            try field.expect(.varint)
            rawType = Int32(truncatingIfNeeded: field.value)
            unsafe head.append(base, field.whole)
        case 5:
            try field.expect(.length)
            unsafe unit = Array(UnsafeBufferPointer(start: base + field.payload.lowerBound, count: field.payload.count))
        default: break
        }
    }

    /// The type, once all fields are known; throws what Prometheus says of a family that has metrics.
    func type() throws(ProtobufError) -> MetricKind {
        guard nameLength > 0, unsafe UTF8Check.isValid(nameBytes.base, 0..<nameLength) else {
            throw .refused("invalid metric name")
        }
        guard isHelpValid else { throw .refused("invalid help") }
        guard let type = MetricKind(rawValue: rawType) else { throw .refused("unknown metric type \(rawType)") }
        guard unit.isEmpty || isUnitSuffix(of: type) else {
            throw .refused("unit is not a suffix of the metric's name")
        }
        return type
    }

    /// The name, as series of counters, gauges, native histograms and quantiles have it. Points into the family.
    var name: ByteRun { unsafe ByteRun(start: nameBytes.base, count: nameLength) }

    /// The name of one of the series that come out of a classic histogram or a summary. Rules that could tell one such
    /// name from another are not applied to protobuf (spec 7.6). Points into the family.
    var partName: ByteRun { unsafe ByteRun(start: nameBytes.base, count: nameBytes.count) }

    private func isUnitSuffix(of type: MetricKind) -> Bool {
        var name = unsafe Array(UnsafeBufferPointer(start: nameBytes.base, count: nameLength))
        let total = Array("_total".utf8)
        if type == .counter, name.suffix(total.count) == total[...] { name.removeLast(total.count) }
        return name.count > unit.count && name.suffix(unit.count) == unit[...]
            && name[name.count - unit.count - 1] == UInt8(ascii: "_")
    }
}
