import Yams

/// Writes a YAML node as JSON and notes which line each part came from.
struct YAMLAsJSON {
    struct Failure: Error {
        var line: Int?
        var problem: String
    }

    private(set) var bytes: [UInt8] = []
    /// In order of offset.
    private(set) var marks: [(offset: Int, line: Int)] = []
    private let limit: Int

    init(limit: Int) { self.limit = limit }

    mutating func append(_ node: Yams.Node) throws(Failure) {
        if let line = node.mark?.line { marks.append((bytes.count, line)) }
        guard bytes.count <= limit else {
            throw Failure(
                line: node.mark?.line,
                problem: "its aliases expand it to more than \(limit) bytes: use fewer")
        }
        switch node {
        case .mapping(let mapping): try append(mapping)
        case .sequence(let sequence): try append(sequence)
        case .scalar(let scalar): append(scalar, of: node)
        case .alias: throw Failure(line: node.mark?.line, problem: "malformed YAML: undefined alias")
        }
    }

    private mutating func append(_ mapping: Yams.Node.Mapping) throws(Failure) {
        bytes.append(UInt8(ascii: "{"))
        for (position, pair) in mapping.enumerated() {
            guard let key = pair.key.scalar, key.string != "<<" else {
                throw Failure(
                    line: pair.key.mark?.line,
                    problem: "a key has to be plain text: no merge key (<<), no list, no mapping")
            }
            if position > 0 { bytes.append(UInt8(ascii: ",")) }
            if let line = key.mark?.line { marks.append((bytes.count, line)) }
            appendString(key.string)
            bytes.append(UInt8(ascii: ":"))
            try append(pair.value)
        }
        bytes.append(UInt8(ascii: "}"))
    }

    private mutating func append(_ sequence: Yams.Node.Sequence) throws(Failure) {
        bytes.append(UInt8(ascii: "["))
        for (position, element) in sequence.enumerated() {
            if position > 0 { bytes.append(UInt8(ascii: ",")) }
            try append(element)
        }
        bytes.append(UInt8(ascii: "]"))
    }

    private mutating func append(_ scalar: Yams.Node.Scalar, of node: Yams.Node) {
        let tag = node.tag
        if tag == Tag(.null) {
            bytes.append(contentsOf: "null".utf8)
        } else if tag == Tag(.bool), let value = node.bool {
            bytes.append(contentsOf: (value ? "true" : "false").utf8)
        } else if tag == Tag(.int), let value = node.int {
            bytes.append(contentsOf: String(value).utf8)
        } else if tag == Tag(.float), let value = node.float, value.isFinite {
            bytes.append(contentsOf: "\(value)".utf8)
        } else {
            // A timestamp too: Kubernetes' times are strings in JSON.
            appendString(scalar.string)
        }
    }

    private mutating func appendString(_ text: String) {
        bytes.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes.append(contentsOf: [UInt8(ascii: "\\"), byte])
            case 0..<0x20:
                let hexadecimal = String(byte, radix: 16)
                bytes.append(contentsOf: (byte < 0x10 ? "\\u000" : "\\u00").utf8)
                bytes.append(contentsOf: hexadecimal.utf8)
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }
}
