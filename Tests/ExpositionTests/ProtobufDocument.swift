@testable import Exposition

/// A protobuf body taken apart into the entries that Prometheus' parser makes of it, by rules written down here once more.
struct ProtobufDocument {
    struct Series: Equatable {
        /// Sorted by name, with `__name__` and with `le` and `quantile` as numbers.
        var labels: [[String]]
        /// Of a native histogram: the whole message.
        var value: String
        var isNative = false

        func with(_ name: String, _ value: String) -> Series {
            var copy = self
            copy.labels = (labels.filter { $0[0] != name } + [[name, value]]).sorted { $0[0] < $1[0] }
            return copy
        }
    }

    struct Family: Equatable {
        var name = ""
        var help: String?
        var type: Int?
        var unit: String?
        var series: [Series] = []
        var metrics = 0
    }

    private(set) var families: [Family] = []
    var series: [Series] { families.flatMap(\.series) }

    init(_ body: [UInt8]) throws {
        for message in try ProtobufDocument.messages(body) {
            var family = Family()
            let fields = try ProtobufDocument.fields(message)
            for field in fields {
                switch field.number {
                case 1: family.name = String(decoding: field.bytes, as: UTF8.self)
                case 2: family.help = String(decoding: field.bytes, as: UTF8.self)
                case 3: family.type = Int(field.value)
                case 5: family.unit = String(decoding: field.bytes, as: UTF8.self)
                default: break
                }
            }
            for field in fields where field.number == 4 {
                family.metrics += 1
                family.series += try ProtobufDocument.series(of: field.bytes, family)
            }
            families.append(family)
        }
    }

    // MARK: - Wire format

    struct Field {
        let number: Int
        let value: UInt64
        let bytes: [UInt8]
        var double: Double { Double(bitPattern: value) }
    }

    static func messages(_ body: [UInt8]) throws -> [[UInt8]] {
        try unsafe body.withUnsafeBufferPointer { buffer in
            guard let base = buffer.baseAddress else { return [] }
            var reader = unsafe WireReader(base, 0..<buffer.count)
            var messages: [[UInt8]] = []
            while !reader.isAtEnd {
                let length = Int(try reader.readVarint())
                let start = reader.position
                guard start + length <= body.count else { throw ProtobufError.truncated }
                messages.append(Array(body[start..<start + length]))
                reader = unsafe WireReader(base, start + length..<buffer.count)
            }
            return messages
        }
    }

    static func fields(_ message: [UInt8]) throws -> [Field] {
        try unsafe message.withUnsafeBufferPointer { buffer in
            guard let base = buffer.baseAddress else { return [] }
            var reader = unsafe WireReader(base, 0..<buffer.count)
            var fields: [Field] = []
            while !reader.isAtEnd {
                let field = try reader.readField()
                fields.append(
                    Field(number: Int(field.number), value: field.value, bytes: Array(message[field.payload])))
            }
            return fields
        }
    }

    // MARK: - Series

    private static func series(of metric: [UInt8], _ family: Family) throws -> [Series] {
        let fields = try fields(metric)
        var labels: [[String]] = []
        for field in fields where field.number == 1 {
            let pair = try ProtobufDocument.fields(field.bytes)
            let text = { (number: Int) in
                String(decoding: pair.last { $0.number == number }?.bytes ?? [], as: UTF8.self)
            }
            if !text(2).isEmpty { labels.append([text(1), text(2)]) }
        }
        func make(_ suffix: String, _ value: Double, _ extra: [[String]] = []) -> Series {
            let all = labels + extra + [["__name__", family.name + suffix]]
            return Series(labels: all.sorted { $0[0] < $1[0] }, value: bits(value))
        }
        let value = { (number: Int) in
            try ProtobufDocument.fields(fields.last { $0.number == number }?.bytes ?? [])
        }
        switch family.type ?? 0 {
        case 2: return try summary(value(4), make)
        case 4, 5:
            let histogram = try value(7)
            let isNative = histogram.contains {
                $0.number == 9 || $0.number == 12 || ($0.number == 6 && $0.double > 0)
                    || ($0.number == 7 && $0.value > 0)
            }
            guard isNative else { return try classic(histogram, make) }
            let all = labels + [["__name__", family.name]]
            let raw = fields.last { $0.number == 7 }?.bytes ?? []
            return [Series(labels: all.sorted { $0[0] < $1[0] }, value: "\(raw)", isNative: true)]
        case let type:
            let number = [0: 3, 1: 2, 3: 5][type] ?? 5
            return [make("", try value(number).last { $0.number == 1 }?.double ?? 0)]
        }
    }

    private static func summary(
        _ summary: [Field], _ make: (String, Double, [[String]]) -> Series
    ) throws -> [Series] {
        let count = summary.last { $0.number == 1 }?.value ?? 0
        let sum = summary.last { $0.number == 2 }?.double ?? 0
        var series = [make("_count", Double(count), []), make("_sum", sum, [])]
        for quantile in summary where quantile.number == 3 {
            let parts = try fields(quantile.bytes)
            let rank = parts.last { $0.number == 1 }?.double ?? 0
            series.append(make("", parts.last { $0.number == 2 }?.double ?? 0, [["quantile", "\(rank)"]]))
        }
        return series
    }

    private static func classic(
        _ histogram: [Field], _ make: (String, Double, [[String]]) -> Series
    ) throws -> [Series] {
        let count =
            histogram.last { $0.number == 4 && $0.double > 0 }?.double
            ?? Double(histogram.last { $0.number == 1 }?.value ?? 0)
        let sum = histogram.last { $0.number == 2 }?.double ?? 0
        var series = [make("_count", count, []), make("_sum", sum, [])]
        for bucket in histogram where bucket.number == 3 {
            let parts = try fields(bucket.bytes)
            let bound = parts.last { $0.number == 2 }?.double ?? 0
            let value =
                parts.last { $0.number == 4 && $0.double > 0 }?.double
                ?? Double(parts.last { $0.number == 1 }?.value ?? 0)
            series.append(make("_bucket", value, [["le", "\(bound)"]]))
            if bound == .infinity { return series }
        }
        return series + [make("_bucket", count, [["le", "\(Double.infinity)"]])]
    }

    private static func bits(_ value: Double) -> String {
        let digits = String(value.isNaN ? 0x7ff8_0000_0000_0001 : value.bitPattern, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}

extension ProtobufDocument.Series {
    /// From a golden parse.
    init(_ entry: ParsedEntry) {
        labels = (entry.labels ?? []).map { label in
            guard label[0] == "le" || label[0] == "quantile", let number = Double(label[1]) else { return label }
            return [label[0], "\(number)"]
        }
        value = entry.value?.bits ?? ""
        isNative = entry.kind == "native_histogram"
    }
}
