/// Loops over bytes that the lexers share. None reads at or past the bound it is given.
///
/// Sixteen bytes at a time: labels are short, and one comparison of a vector costs less than one mispredicted loop exit.
enum ByteScan {
    @inline(__always)
    static func load16(_ base: UnsafePointer<UInt8>, _ offset: Int) -> SIMD16<UInt8> {
        unsafe UnsafeRawPointer(base + offset).loadUnaligned(as: SIMD16<UInt8>.self)
    }

    /// The operators between a vector and a scalar are not vectorised in Swift 6.3: spell the vector out.
    @inline(__always)
    private static func all(_ byte: UInt8) -> SIMD16<UInt8> { SIMD16(repeating: byte) }

    /// Index of the first lane that is set; 16 if none is.
    @inline(__always)
    static func firstLane(_ mask: SIMDMask<SIMD16<Int8>>) -> Int {
        let halves = unsafe unsafeBitCast(mask, to: SIMD2<UInt64>.self)
        if halves[0] != 0 { return halves[0].trailingZeroBitCount &>> 3 }
        if halves[1] != 0 { return 8 | halves[1].trailingZeroBitCount &>> 3 }
        return 16
    }

    /// Offset behind the run of `[a-zA-Z0-9_]`, and of `:` where `colons` is set, that starts at `offset`.
    @inline(__always)
    static func nameEnd(_ base: UnsafePointer<UInt8>, _ offset: Int, _ bound: Int, colons: Bool) -> Int {
        var offset = offset
        // `:` follows `9` in ASCII.
        let digits: UInt8 = colons ? 11 : 10
        while offset &+ 16 <= bound {
            let bytes = unsafe load16(base, offset)
            let letters = (bytes | all(0x20)) &- all(UInt8(ascii: "a")) .< all(26)
            let others = (bytes &- all(UInt8(ascii: "0")) .< all(digits)) .| (bytes .== all(UInt8(ascii: "_")))
            let lane = firstLane(.!(letters .| others))
            offset &+= lane
            if lane < 16 { return offset }
        }
        while offset < bound, unsafe isName(base[offset], colons: colons) { offset &+= 1 }
        return offset
    }

    @inline(__always)
    static func isName(_ byte: UInt8, colons: Bool) -> Bool {
        isNameStart(byte, colons: colons) || byte &- UInt8(ascii: "0") < 10
    }

    @inline(__always)
    static func isNameStart(_ byte: UInt8, colons: Bool) -> Bool {
        (byte | 0x20) &- UInt8(ascii: "a") < 26 || byte == UInt8(ascii: "_") || (colons && byte == UInt8(ascii: ":"))
    }

    /// Offset of the first byte from `offset` on that may end a plain run inside quotes: a quote, a backslash, a control
    /// character, or a byte past ASCII; `bound` if there is none.
    ///
    /// Stops at blanks and `!` as well, for they need no comparison of their own then, and are rare: callers step over them.
    @inline(__always)
    static func quotedRunEnd(_ base: UnsafePointer<UInt8>, _ offset: Int, _ bound: Int) -> Int {
        var offset = offset
        while offset &+ 16 <= bound {
            let bytes = unsafe load16(base, offset)
            let signed = unsafe unsafeBitCast(bytes, to: SIMD16<Int8>.self)
            let stops = (bytes .== all(UInt8(ascii: "\\"))) .| (signed .<= SIMD16<Int8>(repeating: 0x22))
            let lane = firstLane(stops)
            offset &+= lane
            if lane < 16 { return offset }
        }
        while offset < bound, unsafe base[offset] != UInt8(ascii: "\\"), unsafe Int8(bitPattern: base[offset]) > 0x22 {
            offset &+= 1
        }
        return offset
    }

    /// How many of the 16 bytes from `offset` on are decimal digits, up to the first that is none.
    @inline(__always)
    static func digits(_ base: UnsafePointer<UInt8>, _ offset: Int) -> Int {
        let bytes = unsafe load16(base, offset)
        return firstLane(bytes &- all(UInt8(ascii: "0")) .>= all(10))
    }

    /// Offset of the first `byte` from `offset` on; `bound` if there is none.
    @inline(__always)
    static func first(_ byte: UInt8, _ base: UnsafePointer<UInt8>, _ offset: Int, _ bound: Int) -> Int {
        var offset = offset
        while offset &+ 16 <= bound {
            let lane = firstLane(unsafe load16(base, offset) .== all(byte))
            offset &+= lane
            if lane < 16 { return offset }
        }
        while offset < bound, unsafe base[offset] != byte { offset &+= 1 }
        return offset
    }

    /// Offset behind the last `byte` before `bound`; 0 if there is none.
    static func afterLast(_ byte: UInt8, _ base: UnsafePointer<UInt8>, _ bound: Int) -> Int {
        var offset = bound
        while offset > 0, unsafe base[offset - 1] != byte { offset -= 1 }
        return offset
    }

    static func count(_ byte: UInt8, _ base: UnsafePointer<UInt8>, _ range: Range<Int>) -> Int {
        var found = 0
        var offset = range.lowerBound
        while offset < range.upperBound {
            if unsafe base[offset] == byte { found += 1 }
            offset += 1
        }
        return found
    }

    /// Offset of the first byte that is neither space nor tab.
    @inline(__always)
    static func skipBlanks(_ base: UnsafePointer<UInt8>, _ offset: Int) -> Int {
        var offset = offset
        while unsafe base[offset] == UInt8(ascii: " ") || base[offset] == UInt8(ascii: "\t") { offset += 1 }
        return offset
    }

    /// The first 8 bytes of a name as a number, little end first, zero past its length: equal names have equal words.
    @inline(__always)
    static func word(_ base: UnsafePointer<UInt8>, _ offset: Int, _ length: Int, _ bound: Int) -> UInt64 {
        if offset + 8 <= bound {
            let loaded = unsafe UInt64(
                littleEndian: UnsafeRawPointer(base + offset).loadUnaligned(as: UInt64.self))
            return length >= 8 ? loaded : loaded & ((1 &<< UInt64(length &* 8)) &- 1)
        }
        var word: UInt64 = 0
        for index in 0..<min(length, 8) {
            unsafe word |= UInt64(base[offset + index]) << UInt64(index * 8)
        }
        return word
    }

    /// As Go's `utf8.Valid`: no surrogates, no overlong forms, nothing past U+10FFFF.
    static func isUTF8(_ base: UnsafePointer<UInt8>, _ range: Range<Int>) -> Bool {
        var check = UTF8Check()
        unsafe check.take(base, range)
        return check.isComplete
    }
}
