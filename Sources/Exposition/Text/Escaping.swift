/// Escapes inside quoted names and values: `\\`, `\"` and `\n`, as Prometheus reads and writes them.
enum Escaping {
    /// An unknown escape stays as it is, backslash included.
    static func unescaped(_ raw: UnsafeBufferPointer<UInt8>) -> [UInt8] {
        unsafe [UInt8](unsafeUninitializedCapacity: raw.count) { buffer, count in
            guard let start = buffer.baseAddress, let source = raw.baseAddress else { return }
            unsafe count = unescape(source, raw.count, into: start)
        }
    }

    /// Writes at most `length` bytes and returns how many.
    static func unescape(
        _ source: UnsafePointer<UInt8>, _ length: Int, into target: UnsafeMutablePointer<UInt8>
    ) -> Int {
        var read = 0
        var written = 0
        while read < length {
            var byte = unsafe source[read]
            if byte == UInt8(ascii: "\\"), read + 1 < length {
                switch unsafe source[read + 1] {
                case UInt8(ascii: "\\"): read += 1
                case UInt8(ascii: "\""):
                    byte = UInt8(ascii: "\"")
                    read += 1
                case UInt8(ascii: "n"):
                    byte = UInt8(ascii: "\n")
                    read += 1
                default: break
                }
            }
            unsafe target[written] = byte
            read += 1
            written += 1
        }
        return written
    }

    /// Appends `length` bytes with what needs it escaped, without quotes around them.
    static func append(_ source: UnsafePointer<UInt8>, _ length: Int, to output: inout OutputBytes) {
        var start = 0
        while start < length {
            let stop = unsafe ByteScan.quotedRunEnd(source, start, length)
            unsafe output.append(UnsafeRawBufferPointer(start: source + start, count: stop - start))
            if stop == length { return }
            switch unsafe source[stop] {
            case UInt8(ascii: "\n"): output.append("\\n")
            case UInt8(ascii: "\\"): output.append("\\\\")
            case UInt8(ascii: "\""): output.append("\\\"")
            case let byte: output.append(byte)
            }
            start = stop + 1
        }
    }

    /// Appends a label or metric name, in quotes where the classic alphabet does not cover it.
    static func appendName(_ name: [UInt8], colons: Bool, to output: inout OutputBytes) {
        unsafe name.withUnsafeBufferPointer { buffer in
            guard let base = buffer.baseAddress else { return }
            unsafe appendName(base, buffer.count, colons: colons, to: &output)
        }
    }

    static func appendName(
        _ base: UnsafePointer<UInt8>, _ length: Int, colons: Bool, to output: inout OutputBytes
    ) {
        if unsafe isClassic(base, length, colons: colons) {
            unsafe output.append(UnsafeRawBufferPointer(start: base, count: length))
        } else {
            output.append(UInt8(ascii: "\""))
            unsafe append(base, length, to: &output)
            output.append(UInt8(ascii: "\""))
        }
    }

    /// The name can stand without quotes.
    @inline(__always)
    static func isClassic(_ base: UnsafePointer<UInt8>, _ length: Int, colons: Bool) -> Bool {
        unsafe length > 0 && ByteScan.isNameStart(base[0], colons: colons)
            && ByteScan.nameEnd(base, 0, length, colons: colons) == length
    }
}
