/// The field lines of one message, as they came: a copy of the head's bytes and where each name and value lies in it.
package struct HeaderFields: Sendable {
    package struct Field: Sendable {
        package let id: FieldName
        /// Positions in `bytes`.
        package let name: Range<Int>
        package let value: Range<Int>
    }

    package private(set) var bytes: [UInt8]
    package private(set) var fields: [Field] = []
    static let maximumCount = 128

    init(copying head: UnsafeRawBufferPointer) {
        bytes = unsafe [UInt8](unsafeUninitializedCapacity: head.count) { target, count in
            unsafe UnsafeMutableRawBufferPointer(target).copyMemory(from: head)
            count = head.count
        }
        fields.reserveCapacity(16)
    }

    // MARK: Reading

    /// The value of a field that may stand once at most; nil where it is missing.
    package func single(_ id: FieldName) throws(HTTPError) -> String? {
        var found: Range<Int>?
        for field in fields where field.id == id {
            guard found == nil else { throw .malformed("a field that may stand once stands twice") }
            found = field.value
        }
        return found.map { text($0) }
    }

    /// The value of the first such field.
    package func first(_ id: FieldName) -> String? {
        for field in fields where field.id == id { return text(field.value) }
        return nil
    }

    /// All values of a list field, joined by commas as RFC 9110 section 5.3 allows.
    package func list(_ id: FieldName) -> String? {
        let values = fields.filter { $0.id == id }.map { text($0.value) }
        return values.isEmpty ? nil : values.joined(separator: ", ")
    }

    package func contains(_ id: FieldName) -> Bool { fields.contains { $0.id == id } }

    package func text(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }

    /// Whether a comma-separated field has a token, whatever its case.
    package func hasToken(_ token: StaticString, in id: FieldName) -> Bool {
        let name = unsafe UnsafeBufferPointer(start: token.utf8Start, count: token.utf8CodeUnitCount)
        for field in fields where field.id == id {
            if unsafe Self.list(bytes.span.extracting(field.value), names: name.span) { return true }
        }
        return false
    }

    /// Whether `Connection` names any field, rather than saying only whether the connection goes on.
    package var areNamedByConnection: Bool {
        fields.contains { field in
            guard field.id == .connection else { return false }
            return unsafe bytes.span.extracting(field.value).withUnsafeBytes { value in
                let isPlain =
                    unsafe equalsIgnoringCase(value, "keep-alive") || equalsIgnoringCase(value, "close")
                return !isPlain
            }
        }
    }

    /// Whether `Connection` names this field, which makes it hop-by-hop. Nothing is allocated: it is asked for each field
    /// of a message, and both may be long.
    package func isNamedByConnection(_ field: Field) -> Bool {
        for connection in fields where connection.id == .connection {
            if Self.list(bytes.span.extracting(connection.value), names: bytes.span.extracting(field.name)) {
                return true
            }
        }
        return false
    }

    /// Whether one of a list's members, parted by commas and blanks, is `name` in any case.
    private static func list(_ list: Span<UInt8>, names name: Span<UInt8>) -> Bool {
        var matched = 0
        var isMember = true
        for position in list.indices {
            let byte = list[position]
            if byte == UInt8(ascii: ",") {
                if isMember, matched == name.count { return true }
                (matched, isMember) = (0, true)
            } else if byte != 0x20, byte != 0x09 {
                isMember = isMember && matched < name.count && Grammar.folded(byte) == Grammar.folded(name[matched])
                matched += 1
            } else if matched > 0, matched < name.count {
                // A blank inside a member; those around it are no part of it.
                isMember = false
            }
        }
        return isMember && matched == name.count
    }

    // MARK: Parsing (RFC 9112 section 5)

    /// Parses the field lines in `range`, each ended by CRLF; the empty line that ends a head is not among them.
    mutating func parse(_ range: Range<Int>) throws(HTTPError) {
        var lineStart = range.lowerBound
        while lineStart < range.upperBound {
            guard fields.count < Self.maximumCount else { throw .headTooLarge(limit: Self.maximumCount) }
            let field = try parseLine(from: lineStart, limit: range.upperBound)
            fields.append(field.field)
            lineStart = field.next
        }
    }

    private func parseLine(from start: Int, limit: Int) throws(HTTPError) -> (field: Field, next: Int) {
        let bytes = bytes.span
        var position = start
        while position < limit, Grammar.isToken(bytes[position]) { position += 1 }
        guard position > start else { throw .malformed("a field line begins with white space or has no name") }
        guard position < limit, bytes[position] == UInt8(ascii: ":") else {
            throw .malformed("a field name holds a character that is no token")
        }
        let name = start..<position
        position += 1
        while position < limit, bytes[position] == 0x20 || bytes[position] == 0x09 { position += 1 }
        let valueStart = position
        position = bytes.endOfFieldValue(from: position, limit: limit)
        guard position + 1 < limit, bytes[position] == 0x0d, bytes[position + 1] == 0x0a else {
            throw .malformed("a field value holds a control character")
        }
        var valueEnd = position
        while valueEnd > valueStart, bytes[valueEnd - 1] == 0x20 || bytes[valueEnd - 1] == 0x09 { valueEnd -= 1 }
        let id = unsafe bytes.extracting(name).withUnsafeBytes { unsafe FieldName($0) }
        return (Field(id: id, name: name, value: valueStart..<valueEnd), position + 2)
    }
}
