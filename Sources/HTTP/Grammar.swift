/// The character classes of RFC 9110 section 5 and RFC 9112.
enum Grammar {
    private static let token: UInt8 = 1
    private static let fieldValue: UInt8 = 2
    private static let hexadecimal: UInt8 = 4

    private static let classes: [UInt8] = (0...255).map { value in
        let byte = UInt8(value)
        var classes: UInt8 = 0
        switch byte {
        case 0x30...0x39, 0x41...0x5a, 0x61...0x7a: classes |= token
        default: if "!#$%&'*+-.^_`|~".utf8.contains(byte) { classes |= token }
        }
        // Tab, visible characters and obs-text; no other control character.
        if byte == 0x09 || (byte >= 0x20 && byte != 0x7f) { classes |= fieldValue }
        switch byte {
        case 0x30...0x39, 0x41...0x46, 0x61...0x66: classes |= hexadecimal
        default: break
        }
        return classes
    }

    @inline(__always)
    static func isToken(_ byte: UInt8) -> Bool { classes[Int(byte)] & token != 0 }

    @inline(__always)
    static func isFieldValue(_ byte: UInt8) -> Bool { classes[Int(byte)] & fieldValue != 0 }

    /// ASCII letters in lower case, all else as it is.
    @inline(__always)
    static func folded(_ byte: UInt8) -> UInt8 { (0x41...0x5a).contains(byte) ? byte | 0x20 : byte }

    static func hexadecimalValue(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x30...0x39: byte - 0x30
        case 0x41...0x46: byte - 0x41 + 10
        case 0x61...0x66: byte - 0x61 + 10
        default: nil
        }
    }
}
