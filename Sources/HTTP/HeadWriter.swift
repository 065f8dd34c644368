package import Addressing

/// Writes the head of a message, field by field, into bytes that are reused from message to message.
package struct HeadWriter {
    package private(set) var bytes: [UInt8] = []

    package init() {}

    package mutating func startRequest(_ method: StaticString, path: String, query: String?) {
        bytes.removeAll(keepingCapacity: true)
        append(method)
        append(" ")
        bytes.append(contentsOf: path.utf8)
        if let query {
            bytes.append(UInt8(ascii: "?"))
            bytes.append(contentsOf: query.utf8)
        }
        append(" HTTP/1.1\r\n")
    }

    /// - Parameter reason: one line of printable characters; anything else is replaced by a space.
    package mutating func startResponse(_ status: Int, reason: String) {
        bytes.removeAll(keepingCapacity: true)
        append("HTTP/1.1 ")
        bytes.append(contentsOf: String(status).utf8)
        bytes.append(0x20)
        appendPrintable(reason)
        append("\r\n")
    }

    package mutating func field(_ name: StaticString, _ value: String) {
        append(name)
        append(": ")
        appendPrintable(value)
        append("\r\n")
    }

    package mutating func field(_ name: StaticString, _ value: StaticString) {
        append(name)
        append(": ")
        append(value)
        append("\r\n")
    }

    /// The field that each request has: no text is made of the address first.
    package mutating func host(_ address: SocketAddress) {
        append("Host: ")
        if let v4 = address.ip.v4 {
            append(decimal: Int(v4 >> 24))
            append(".")
            append(decimal: Int(v4 >> 16 & 0xff))
            append(".")
            append(decimal: Int(v4 >> 8 & 0xff))
            append(".")
            append(decimal: Int(v4 & 0xff))
            append(":")
            append(decimal: Int(address.port))
        } else {
            bytes.append(contentsOf: address.description.utf8)
        }
        append("\r\n")
    }

    /// - Parameter number: 0 or more.
    private mutating func append(decimal number: Int) {
        if number >= 10 { append(decimal: number / 10) }
        bytes.append(0x30 + UInt8(number % 10))
    }

    /// Copies fields as they came.
    package mutating func copy(_ fields: HeaderFields, where isWanted: (HeaderFields.Field) -> Bool) {
        // Most fields stand as they are to be written, one behind the other: they go in one piece.
        var run = 0..<0
        for field in fields.fields where isWanted(field) {
            let isAsWritten =
                field.value.lowerBound == field.name.upperBound + 2 && fields.bytes[field.name.upperBound + 1] == 0x20
                && fields.bytes[field.value.upperBound] == 0x0d
            let continuesRun = field.name.lowerBound == run.upperBound
            if !isAsWritten || !continuesRun { append(fields, run) }
            if isAsWritten {
                run = (continuesRun ? run : field.name).lowerBound..<field.value.upperBound + 2
                continue
            }
            run = 0..<0
            append(fields, field.name)
            append(": ")
            append(fields, field.value)
            append("\r\n")
        }
        append(fields, run)
    }

    private mutating func append(_ fields: HeaderFields, _ range: Range<Int>) {
        guard !range.isEmpty else { return }
        unsafe fields.bytes.span.extracting(range).withUnsafeBufferPointer { unsafe bytes.append(contentsOf: $0) }
    }

    package mutating func end() { append("\r\n") }

    /// Control characters become spaces.
    private mutating func appendPrintable(_ text: String) {
        let start = bytes.count
        bytes.append(contentsOf: text.utf8)
        for position in start..<bytes.count where bytes[position] < 0x20 || bytes[position] == 0x7f {
            bytes[position] = 0x20
        }
    }

    private mutating func append(_ text: StaticString) {
        let text = unsafe UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
        unsafe bytes.append(contentsOf: text)
    }
}
