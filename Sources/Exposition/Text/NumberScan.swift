/// Numbers as Prometheus' parsers take them: Go's `strconv.ParseFloat` without hexadecimal and underscores.
enum NumberScan {
    /// Offset behind the number at `offset`; -1 if there is none or it is too large for a double.
    ///
    /// The number must be followed by a byte that can't belong to one; the caller checks which.
    @inline(__always)
    static func end(_ base: UnsafePointer<UInt8>, _ start: Int) -> Int {
        var offset = start
        let sign = unsafe base[offset]
        if sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") { offset += 1 }
        let whole = offset
        while unsafe isDigit(base[offset]) { offset += 1 }
        let wholeDigits = offset - whole
        var digits = wholeDigits
        if unsafe base[offset] == UInt8(ascii: ".") {
            offset += 1
            let fraction = offset
            while unsafe isDigit(base[offset]) { offset += 1 }
            digits += offset - fraction
        }
        if digits == 0 { return unsafe wordEnd(base, start) }
        if unsafe base[offset] | 0x20 != UInt8(ascii: "e") {
            return wholeDigits <= 300 ? offset : unsafe finiteEnd(base, start, offset)
        }
        return unsafe exponentEnd(base, start, offset, wholeDigits)
    }

    /// A timestamp of OpenMetrics: a number, and finite.
    static func finiteEnd(_ base: UnsafePointer<UInt8>, _ start: Int) -> Int {
        let offset = unsafe end(base, start)
        guard offset > start else { return -1 }
        let last = unsafe base[offset - 1] | 0x20
        return last == UInt8(ascii: "n") || last == UInt8(ascii: "f") || last == UInt8(ascii: "y") ? -1 : offset
    }

    /// Offset behind the decimal digits of a 64-bit integer; -1 if there are none or too many.
    @inline(__always)
    static func integerEnd(_ base: UnsafePointer<UInt8>, _ start: Int) -> Int {
        var offset = start
        while unsafe isDigit(base[offset]) { offset += 1 }
        if offset == start { return -1 }
        return offset - start <= 18 ? offset : unsafe longIntegerEnd(base, start, offset)
    }

    @inline(__always)
    private static func isDigit(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "0") < 10 }

    private static func exponentEnd(
        _ base: UnsafePointer<UInt8>, _ start: Int, _ mark: Int, _ wholeDigits: Int
    ) -> Int {
        var offset = mark + 1
        let sign = unsafe base[offset]
        if sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") { offset += 1 }
        let first = offset
        var exponent = 0
        while unsafe isDigit(base[offset]) {
            // More than this is beyond any double, and Go stops counting as well.
            if exponent < 10_000 { unsafe exponent = exponent * 10 + Int(base[offset] & 0x0F) }
            offset += 1
        }
        if offset == first { return -1 }
        if sign == UInt8(ascii: "-") { exponent = -exponent }
        return wholeDigits + exponent <= 300 ? offset : unsafe finiteEnd(base, start, offset)
    }

    /// Settles by conversion whether a long number or a large exponent still fits: Go refuses what becomes infinite.
    @inline(never)
    private static func finiteEnd(_ base: UnsafePointer<UInt8>, _ start: Int, _ end: Int) -> Int {
        let text = unsafe String(decoding: UnsafeBufferPointer(start: base + start, count: end - start), as: UTF8.self)
        guard let value = Double(text), value.isFinite else { return -1 }
        return end
    }

    /// `NaN`, `Inf` and `Infinity` in any case; a sign is allowed before the infinities only.
    @inline(never)
    private static func wordEnd(_ base: UnsafePointer<UInt8>, _ start: Int) -> Int {
        let sign = unsafe base[start]
        let isSigned = sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+")
        let offset = isSigned ? start + 1 : start
        if !isSigned, unsafe matches("nan", base, offset) { return offset + 3 }
        if unsafe matches("infinity", base, offset) { return offset + 8 }
        if unsafe matches("inf", base, offset) { return offset + 3 }
        return -1
    }

    private static func matches(_ word: StaticString, _ base: UnsafePointer<UInt8>, _ offset: Int) -> Bool {
        for index in 0..<word.utf8CodeUnitCount {
            // Stops at the first difference, so at the line's end at the latest.
            if unsafe base[offset + index] | 0x20 != word.utf8Start[index] { return false }
        }
        return true
    }

    @inline(never)
    private static func longIntegerEnd(_ base: UnsafePointer<UInt8>, _ start: Int, _ end: Int) -> Int {
        var value: Int64 = 0
        for offset in start..<end {
            let (product, tooLarge) = value.multipliedReportingOverflow(by: 10)
            let (sum, tooLargeSum) = unsafe product.addingReportingOverflow(Int64(base[offset] & 0x0F))
            if tooLarge || tooLargeSum { return -1 }
            value = sum
        }
        return end
    }
}
