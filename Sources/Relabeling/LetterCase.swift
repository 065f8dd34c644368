/// Upper and lower case as Go's `strings.ToUpper` and `ToLower` have it: character by character, each to one other, without
/// regard to what stands around it. `ß` stays `ß`.
enum LetterCase {
    case upper
    case lower

    func mapped(_ text: ByteRun) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(text.count)
        let isASCII = unsafe text.bytes.allSatisfy { $0 < 0x80 }
        guard isASCII else {
            for scalar in text.string.unicodeScalars { result += Array(Character(mapped(scalar)).utf8) }
            return result
        }
        let letters: ClosedRange<UInt8> = self == .upper ? 0x61...0x7a : 0x41...0x5a
        for index in 0..<text.count {
            let byte = text[index]
            result.append(letters.contains(byte) ? byte ^ 0x20 : byte)
        }
        return result
    }

    private func mapped(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
        let mapping = self == .upper ? scalar.properties.uppercaseMapping : scalar.properties.lowercaseMapping
        let scalars = mapping.unicodeScalars
        if scalars.count == 1, let only = scalars.first { return only }
        return self == .upper ? Self.simpleUpper(scalar) : Self.simpleLower(scalar)
    }

    /// Unicode's simple mapping of a character whose full mapping is several (UnicodeData.txt against SpecialCasing.txt):
    /// of these, only Greek letters with a iota below have a capital of their own.
    private static func simpleUpper(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
        switch scalar.value {
        case 0x1f80...0x1f87, 0x1f90...0x1f97, 0x1fa0...0x1fa7: Unicode.Scalar(scalar.value + 8) ?? scalar
        case 0x1fb3, 0x1fc3, 0x1ff3: Unicode.Scalar(scalar.value + 9) ?? scalar
        default: scalar
        }
    }

    private static func simpleLower(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
        // İ, whose full mapping keeps the dot.
        scalar.value == 0x130 ? "i" : scalar
    }
}
