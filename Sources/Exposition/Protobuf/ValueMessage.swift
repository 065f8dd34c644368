/// The messages inside of a `Metric` (io.prometheus.client, metrics.proto), as far as to tell whether they are well formed.
enum ValueMessage {
    case gauge, counter, summary, quantile, untyped, histogram, bucket, span, exemplar, labelPair, timestamp

    private enum Kind {
        case unknown
        case varint
        case fixed64
        case bytes
        case varints
        case fixed64s
        case message(ValueMessage)
    }

    private func kind(of field: Int32) -> Kind {
        switch (self, field) {
        case (.gauge, 1), (.untyped, 1): .fixed64
        case (.counter, 1): .fixed64
        case (.counter, 2): .message(.exemplar)
        case (.counter, 3): .message(.timestamp)
        case (.summary, 1): .varint
        case (.summary, 2): .fixed64
        case (.summary, 3): .message(.quantile)
        case (.summary, 4): .message(.timestamp)
        case (.quantile, 1...2): .fixed64
        case (.histogram, 1), (.histogram, 5), (.histogram, 7): .varint
        case (.histogram, 2), (.histogram, 4), (.histogram, 6), (.histogram, 8): .fixed64
        case (.histogram, 3): .message(.bucket)
        case (.histogram, 9), (.histogram, 12): .message(.span)
        case (.histogram, 10), (.histogram, 13): .varints
        case (.histogram, 11), (.histogram, 14): .fixed64s
        case (.histogram, 15): .message(.timestamp)
        case (.histogram, 16): .message(.exemplar)
        case (.bucket, 1): .varint
        case (.bucket, 2), (.bucket, 4): .fixed64
        case (.bucket, 3): .message(.exemplar)
        case (.span, 1...2): .varint
        case (.exemplar, 1): .message(.labelPair)
        case (.exemplar, 2): .fixed64
        case (.exemplar, 3): .message(.timestamp)
        case (.labelPair, 1...2): .bytes
        case (.timestamp, 1...2): .varint
        default: .unknown
        }
    }

    /// Reads the next field of such a message, with all that is inside it.
    @inline(__always)
    func readField(_ reader: inout WireReader) throws(ProtobufError) -> WireField {
        let field = try reader.readField()
        switch kind(of: field.number) {
        case .unknown: break
        case .varint: try field.expect(.varint)
        case .fixed64: try field.expect(.fixed64)
        case .bytes: try field.expect(.length)
        case .varints: try Self.checkPacked(field, .varint, reader)
        case .fixed64s: try Self.checkPacked(field, .fixed64, reader)
        case .message(let inner):
            try field.expect(.length)
            unsafe try inner.check(reader.base, field.payload)
        }
        return field
    }

    func check(_ base: UnsafePointer<UInt8>, _ range: Range<Int>) throws(ProtobufError) {
        var reader = unsafe WireReader(base, range)
        while !reader.isAtEnd { _ = try readField(&reader) }
    }

    /// Repeated numbers come one by one or packed.
    private static func checkPacked(
        _ field: WireField, _ element: WireType, _ reader: WireReader
    ) throws(ProtobufError) {
        if field.type == element { return }
        try field.expect(.length)
        if element == .fixed64 {
            guard field.payload.count.isMultiple(of: 8) else { throw .truncated }
            return
        }
        var elements = unsafe WireReader(reader.base, field.payload)
        while !elements.isAtEnd { _ = try elements.readVarint() }
    }
}
