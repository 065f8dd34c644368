/// The families of a protobuf body, for showing them.
struct ProtobufListing {
    /// Its fields that are no metrics, as they stand.
    private var head: [UInt8] = []
    private var name = ""
    private var kind: MetricKind?
    private var metrics: [[UInt8]] = []
    /// Where in the body the family ends.
    private(set) var end = 0

    /// All families up to one that is malformed.
    static func families(in body: [UInt8]) -> [ProtobufListing] {
        unsafe body.withUnsafeBufferPointer { buffer in
            guard let base = buffer.baseAddress else { return [] }
            var families: [ProtobufListing] = []
            var position = 0
            while position < buffer.count {
                var reader = unsafe WireReader(base, position..<buffer.count)
                guard let length = try? reader.readVarint(), length <= buffer.count - reader.position else { break }
                let content = reader.position..<reader.position + Int(length)
                guard let family = unsafe try? ProtobufListing(base, content) else { break }
                families.append(family)
                position = content.upperBound
            }
            return families
        }
    }

    private init(_ base: UnsafePointer<UInt8>, _ content: Range<Int>) throws(ProtobufError) {
        end = content.upperBound
        var reader = unsafe WireReader(base, content)
        while !reader.isAtEnd {
            let field = try reader.readField()
            let whole = unsafe Self.bytes(base, field.whole)
            switch field.number {
            case 1: name = unsafe String(decoding: Self.bytes(base, field.payload), as: UTF8.self)
            case 3: kind = MetricKind(rawValue: Int32(truncatingIfNeeded: field.value))
            case 4: metrics.append(whole)
            default: break
            }
            if field.number != 4 { head += whole }
        }
    }

    /// Each metric as a delimited family of its own; the family as it is where it has none.
    var alone: [[UInt8]] {
        (metrics.isEmpty ? [[]] : metrics).map { metric in
            var message = OutputBytes()
            message.appendVarint(head.count + metric.count)
            message.append(head)
            message.append(metric)
            return message.copyArray()
        }
    }

    /// A line for each metric: name, labels, kind.
    var lines: [String] {
        let kind = self.kind.map { "\($0)" } ?? "counter"
        return metrics.map { metric in
            let labels = Self.labels(of: metric).map { "\($0)=\"\(Self.escaped($1))\"" }
            return name + (labels.isEmpty ? "" : "{\(labels.joined(separator: ","))}") + " " + kind
        }
    }

    private static func labels(of metric: [UInt8]) -> [(name: String, value: String)] {
        unsafe metric.withUnsafeBufferPointer { buffer in
            guard let base = buffer.baseAddress else { return [] }
            var reader = unsafe WireReader(base, 0..<buffer.count)
            var read = ProtobufMetric()
            guard let field = try? reader.readField(), (unsafe try? read.read(base, field.payload, of: .untyped)) != nil
            else { return [] }
            return read.labels.map { label in
                (
                    unsafe String(decoding: bytes(base, label.name), as: UTF8.self),
                    unsafe String(decoding: bytes(base, label.value), as: UTF8.self)
                )
            }
        }
    }

    private static func escaped(_ value: String) -> String {
        value.reduce(into: "") { text, character in
            switch character {
            case "\\": text += "\\\\"
            case "\"": text += "\\\""
            case "\n": text += "\\n"
            default: text.append(character)
            }
        }
    }

    private static func bytes(_ base: UnsafePointer<UInt8>, _ range: Range<Int>) -> [UInt8] {
        unsafe Array(UnsafeBufferPointer(start: base + range.lowerBound, count: range.count))
    }
}
