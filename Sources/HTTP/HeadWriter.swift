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

    /// Copies a field as it came.
    package mutating func copy(_ field: HeaderFields.Field, of fields: HeaderFields) {
        // Most fields stand as they are to be written, in one run.
        let isOneRun =
            field.value.lowerBound == field.name.upperBound + 2 && fields.bytes[field.name.upperBound + 1] == 0x20
        if isOneRun {
            bytes.append(contentsOf: fields.bytes[field.name.lowerBound..<field.value.upperBound])
        } else {
            bytes.append(contentsOf: fields.bytes[field.name])
            append(": ")
            bytes.append(contentsOf: fields.bytes[field.value])
        }
        append("\r\n")
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
