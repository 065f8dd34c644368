/// Delimited `io.prometheus.client.MetricFamily` messages, written by hand.
enum Protobuf {
    /// A field with a length, shorter than 128 bytes.
    static func field(_ number: UInt8, _ payload: some Collection<UInt8>) -> [UInt8] {
        precondition(payload.count < 128, "a length of one byte")
        return [number << 3 | 2, UInt8(payload.count)] + payload
    }

    static func field(_ number: UInt8, _ text: String) -> [UInt8] { field(number, Array(text.utf8)) }

    /// A family of one gauge whose value is 1.
    /// - Parameter metric: the fields of its labels.
    static func gauge(_ name: String, metric labels: [UInt8]) -> [UInt8] {
        let one: [UInt8] = [1 << 3 | 1, 0, 0, 0, 0, 0, 0, 0xf0, 0x3f]
        let family = field(1, name) + [3 << 3, 1] + field(4, labels + field(2, one))
        precondition(family.count < 128, "a length of one byte")
        return [UInt8(family.count)] + family
    }
}
