import Relabeling

/// Tags of the fields that are written (metrics.proto).
enum ProtobufTag {
    static let familyName: UInt8 = 1 << 3 | 2
    static let familyType: UInt8 = 3 << 3
    static let metric: UInt8 = 4 << 3 | 2
    static let label: UInt8 = 1 << 3 | 2
    static let labelName: UInt8 = 1 << 3 | 2
    static let labelValue: UInt8 = 2 << 3 | 2
    static let summary: UInt8 = 4 << 3 | 2
    static let untyped: UInt8 = 5 << 3 | 2
    static let untypedValue: UInt8 = 1 << 3 | 1
}

extension OutputBytes {
    /// Appends a field `Metric.label`.
    mutating func appendLabel(name: ByteRun, value: ByteRun) {
        append(ProtobufTag.label)
        let message = beginMessage(expected: 2 + name.count + 2 + value.count)
        appendString(ProtobufTag.labelName, name)
        appendString(ProtobufTag.labelValue, value)
        endMessage(message)
    }

    mutating func appendLabel(name: [UInt8], value: [UInt8]) {
        unsafe name.withUnsafeBufferPointer { name in
            unsafe value.withUnsafeBufferPointer { value in
                unsafe appendLabel(name: ByteRun(name), value: ByteRun(value))
            }
        }
    }

    mutating func appendString(_ tag: UInt8, _ text: ByteRun) {
        append(tag)
        appendVarint(text.count)
        unsafe append(text.start, 0..<text.count)
    }
}
