/// A list of fields, pseudo-header fields included, as HTTP/2 carries them: the bytes of all in one block.
package struct HTTP2Fields: Sendable {
    package struct Field: Sendable {
        /// Positions in `bytes`.
        package let name: Range<Int>
        package let value: Range<Int>
    }

    package private(set) var bytes: [UInt8] = []
    package private(set) var fields: [Field] = []

    package init() {}

    package mutating func append(name: some Collection<UInt8>, value: some Collection<UInt8>) {
        let start = bytes.count
        bytes.append(contentsOf: name)
        let middle = bytes.count
        bytes.append(contentsOf: value)
        fields.append(Field(name: start..<middle, value: middle..<bytes.count))
    }

    package mutating func append(_ name: StaticString, _ value: some Collection<UInt8>) {
        let name = unsafe UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount)
        unsafe append(name: name, value: value)
    }

    package mutating func removeAll() {
        bytes.removeAll(keepingCapacity: true)
        fields.removeAll(keepingCapacity: true)
    }

    /// As RFC 9113 section 6.5.2 counts.
    package var size: Int { bytes.count + 32 * fields.count }

    package func text(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }
}
