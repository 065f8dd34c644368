/// Delimited `io.prometheus.client.MetricFamily` messages, written by hand.
enum Protobuf {
    /// A field with a length.
    static func field(_ number: UInt8, _ payload: some Collection<UInt8>) -> [UInt8] {
        [number << 3 | 2] + length(payload.count) + payload
    }

    static func field(_ number: UInt8, _ text: String) -> [UInt8] { field(number, Array(text.utf8)) }

    /// A family of one gauge whose value is 1.
    /// - Parameter metric: the fields of its labels.
    static func gauge(_ name: String, metric labels: [UInt8]) -> [UInt8] {
        let one: [UInt8] = [1 << 3 | 1, 0, 0, 0, 0, 0, 0, 0xf0, 0x3f]
        let family = field(1, name) + [3 << 3, 1] + field(4, labels + field(2, one))
        return length(family.count) + family
    }

    /// The fields of a metric's labels.
    static func labels(_ labels: KeyValuePairs<String, String>) -> [UInt8] {
        labels.flatMap { field(1, field(1, $0.key) + field(2, $0.value)) }
    }

    /// A varint of one byte or two.
    private static func length(_ count: Int) -> [UInt8] {
        precondition(count < 1 << 14, "a length of two bytes at most")
        return count < 0x80 ? [UInt8(count)] : [UInt8(count & 0x7f) | 0x80, UInt8(count >> 7)]
    }
}
