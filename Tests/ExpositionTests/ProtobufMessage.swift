/// Builds protobuf messages for tests, field by field.
struct ProtobufMessage {
    private(set) var bytes: [UInt8] = []

    func varint(_ field: Int, _ value: UInt64) -> ProtobufMessage {
        adding(Self.varint(UInt64(field) << 3) + Self.varint(value))
    }

    func double(_ field: Int, _ value: Double) -> ProtobufMessage {
        let bits = value.bitPattern
        return adding(Self.varint(UInt64(field) << 3 | 1) + (0..<8).map { UInt8(truncatingIfNeeded: bits >> (8 * $0)) })
    }

    func bytes(_ field: Int, _ content: [UInt8]) -> ProtobufMessage {
        adding(Self.varint(UInt64(field) << 3 | 2) + Self.varint(UInt64(content.count)) + content)
    }

    func text(_ field: Int, _ text: String) -> ProtobufMessage { bytes(field, Array(text.utf8)) }

    func message(_ field: Int, _ message: ProtobufMessage) -> ProtobufMessage { bytes(field, message.bytes) }

    func adding(_ raw: [UInt8]) -> ProtobufMessage {
        var copy = self
        copy.bytes += raw
        return copy
    }

    /// With its length before it.
    var delimited: [UInt8] { Self.varint(UInt64(bytes.count)) + bytes }

    static func varint(_ value: UInt64) -> [UInt8] {
        value < 0x80
            ? [UInt8(value)] : [UInt8(truncatingIfNeeded: value) | 0x80] + varint(value >> 7)
    }
}

// MARK: - io.prometheus.client

extension ProtobufMessage {
    static func family(
        _ name: String, type: UInt64, help: String? = "What it is.", _ metrics: ProtobufMessage...
    ) -> ProtobufMessage {
        var family = ProtobufMessage().text(1, name)
        if let help { family = family.text(2, help) }
        family = family.varint(3, type)
        return metrics.reduce(family) { $0.message(4, $1) }
    }

    static func labels(_ labels: [(String, String)]) -> ProtobufMessage {
        labels.reduce(ProtobufMessage()) { $0.message(1, ProtobufMessage().text(1, $1.0).text(2, $1.1)) }
    }

    static func gauge(_ labels: [(String, String)] = [], _ value: Double = 1) -> ProtobufMessage {
        Self.labels(labels).message(2, ProtobufMessage().double(1, value))
    }

    static func counter(_ labels: [(String, String)] = [], _ value: Double = 1) -> ProtobufMessage {
        Self.labels(labels).message(3, ProtobufMessage().double(1, value))
    }

    static func summary(_ labels: [(String, String)] = [], quantiles: [Double]) -> ProtobufMessage {
        let head = ProtobufMessage().varint(1, 7).double(2, 3.5)
        let summary = quantiles.reduce(head) { $0.message(3, ProtobufMessage().double(1, $1).double(2, 10 * $1)) }
        return Self.labels(labels).message(4, summary).varint(6, 1234)
    }

    static func histogram(_ labels: [(String, String)] = [], bounds: [Double]) -> ProtobufMessage {
        let head = ProtobufMessage().varint(1, 7).double(2, 3.5)
        let histogram = bounds.reduce(head) { $0.message(3, ProtobufMessage().varint(1, 3).double(2, $1)) }
        return Self.labels(labels).message(7, histogram)
    }

    static func nativeHistogram(_ labels: [(String, String)] = [], bounds: [Double] = []) -> ProtobufMessage {
        let classic = bounds.reduce(ProtobufMessage().varint(1, 7).double(2, 3.5)) {
            $0.message(3, ProtobufMessage().varint(1, 3).double(2, $1))
        }
        let spans = classic.varint(5, 6).double(6, 0.001).varint(7, 1)
            .message(12, ProtobufMessage().varint(1, 2).varint(2, 2)).bytes(13, [2, 4])
        return Self.labels(labels).message(7, spans)
    }
}
