/// The bytes from a label's name to its opening quote, as the label of that number had them in the series before.
///
/// Series of one family have the same labels: where these bytes come again, they need no second look.
struct LabelLead {
    /// Longer names are looked at each time.
    static let longestName = 14

    /// Never equal to what is masked, until a name is known.
    private var bytes = SIMD2<UInt64>(repeating: 1)
    private var mask = SIMD2<UInt64>()
    private(set) var nameLength: UInt32 = 0
    /// As in ``LabelSpan``, and its ``LabelBits``.
    private(set) var word: UInt64 = 0
    private(set) var bits: UInt64 = 0

    init() {}

    /// The unquoted name of 1 to ``longestName`` bytes at `start`, which `="` follows. 16 bytes must be readable.
    init(_ base: UnsafePointer<UInt8>, _ start: Int, _ nameLength: UInt32, word: UInt64) {
        let length = UInt64(nameLength) + 2
        mask[0] = length >= 8 ? .max : (1 &<< (8 &* length)) &- 1
        mask[1] = length >= 16 ? .max : length > 8 ? (1 &<< (8 &* (length &- 8))) &- 1 : 0
        unsafe bytes = Self.load(base, start) & mask
        self.nameLength = nameLength
        self.word = word
        bits = LabelBits.of(word)
    }

    /// Whether the bytes at `start`, of which 16 must be readable, begin with this name and `="`.
    @inline(__always)
    func begins(_ base: UnsafePointer<UInt8>, _ start: Int) -> Bool {
        let found = unsafe Self.load(base, start)
        return ((found[0] & mask[0]) ^ bytes[0]) | ((found[1] & mask[1]) ^ bytes[1]) == 0
    }

    @inline(__always)
    private static func load(_ base: UnsafePointer<UInt8>, _ start: Int) -> SIMD2<UInt64> {
        let source = unsafe UnsafeRawPointer(base + start)
        return unsafe SIMD2(
            source.loadUnaligned(as: UInt64.self), source.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
    }
}
