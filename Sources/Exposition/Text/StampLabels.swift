import Relabeling

/// The bytes that constant labels add to a series, in every place they can stand (spec 7.4).
struct StampLabels: Sendable {
    /// Labels to add, name and value, in order.
    let labels: [(name: [UInt8], value: [UInt8])]
    private let withoutBraces: [UInt8]
    private let emptyBraces: [UInt8]
    private let beforeLabels: [UInt8]
    private let afterQuotedName: [UInt8]
    /// ``LabelBits`` of the names, and of what may collide with one that was renamed.
    let interest: UInt64

    init(_ constants: [ConstantLabel]) {
        labels = constants.filter { !$0.value.isEmpty }.map { (Array($0.name.utf8), Array($0.value.utf8)) }
        var inner = OutputBytes()
        for (index, label) in labels.enumerated() {
            if index > 0 { inner.append(UInt8(ascii: ",")) }
            Escaping.appendName(label.name, colons: false, to: &inner)
            inner.append("=\"")
            unsafe label.value.withUnsafeBufferPointer { value in
                guard let base = value.baseAddress else { return }
                unsafe Escaping.append(base, value.count, to: &inner)
            }
            inner.append("\"")
        }
        emptyBraces = inner.copyArray()
        withoutBraces = labels.isEmpty ? [] : [UInt8(ascii: "{")] + emptyBraces + [UInt8(ascii: "}")]
        beforeLabels = labels.isEmpty ? [] : emptyBraces + [UInt8(ascii: ",")]
        afterQuotedName = labels.isEmpty ? [] : [UInt8(ascii: ",")] + emptyBraces
        interest = constants.reduce(0) { bits, constant in
            bits | LabelBits.bit(of: Array(constant.name.utf8))
                | (constant.whenPresent == .rename ? LabelBits.exported : 0)
        }
    }

    var isEmpty: Bool { labels.isEmpty }

    @inline(__always)
    func append(at place: StampPlace, to output: inout OutputBytes) {
        switch place {
        case .withoutBraces: output.append(withoutBraces)
        case .emptyBraces: output.append(emptyBraces)
        case .beforeLabels: output.append(beforeLabels)
        case .afterQuotedName: output.append(afterQuotedName)
        }
    }
}

/// A Bloom filter of one word: which label names a series may have.
enum LabelBits {
    /// Names that begin so are what a stamped label leaves of one that was there (spec 7.2).
    static let exported = bit(of: word(of: Array("exported".utf8)))

    @inline(__always)
    static func bit(of word: UInt64) -> UInt64 {
        1 &<< ((word &* 0x9E37_79B9_7F4A_7C15) &>> 58)
    }

    /// Escaped names and those that begin with `__` set all bits: rules must look at them.
    @inline(__always)
    static func of(_ label: LabelSpan) -> UInt64 {
        label.isNameEscaped || label.word & 0xFFFF == 0x5F5F ? .max : bit(of: label.word)
    }

    static func bit(of name: [UInt8]) -> UInt64 {
        bit(of: word(of: name))
    }

    static func word(of name: [UInt8]) -> UInt64 {
        unsafe name.withUnsafeBufferPointer { buffer in
            guard let base = buffer.baseAddress else { return 0 }
            return unsafe ByteScan.word(base, 0, buffer.count, buffer.count)
        }
    }
}
