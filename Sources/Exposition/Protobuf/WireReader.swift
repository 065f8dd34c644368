/// Reads protobuf's wire format, as strictly as the Go code that Prometheus reads it with.
///
/// Offsets are into the buffer that `base` points to, so that what was found can be copied from there.
@safe struct WireReader {
    let base: UnsafePointer<UInt8>
    private(set) var position: Int
    let end: Int

    init(_ base: UnsafePointer<UInt8>, _ range: Range<Int>) {
        unsafe self.base = base
        position = range.lowerBound
        end = range.upperBound
    }

    var isAtEnd: Bool { position >= end }

    /// Reads the next field, whole.
    @inline(__always)
    mutating func readField() throws(ProtobufError) -> WireField {
        let start = position
        let tag = try readVarint()
        let number = Int32(truncatingIfNeeded: tag >> 3)
        guard number > 0, let type = WireType(rawValue: UInt8(tag & 7)) else { throw .illegalTag }
        var value: UInt64 = 0
        let payload: Range<Int>
        switch type {
        case .varint:
            let first = position
            value = try readVarint()
            payload = first..<position
        case .length:
            let length = try readVarint()
            payload = try readBytes(length)
        case .fixed64:
            payload = try readBytes(8)
            value = unsafe UnsafeRawPointer(base + payload.lowerBound).loadUnaligned(as: UInt64.self).littleEndian
        case .fixed32:
            payload = try readBytes(4)
        case .startGroup:
            payload = try skipGroup()
        case .endGroup:
            throw .unexpectedEndOfGroup
        }
        return WireField(number: number, type: type, start: start, payload: payload, value: value)
    }

    /// Reads a varint of up to ten bytes; bits over 64 are lost, as in Go.
    @inline(__always)
    mutating func readVarint() throws(ProtobufError) -> UInt64 {
        if position < end, unsafe base[position] < 0x80 {
            position += 1
            return unsafe UInt64(base[position - 1])
        }
        return try readLongVarint()
    }

    private mutating func readLongVarint() throws(ProtobufError) -> UInt64 {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while shift < 64 {
            guard position < end else { throw .truncated }
            let byte = unsafe base[position]
            position += 1
            value |= UInt64(byte & 0x7f) << shift
            if byte < 0x80 { return value }
            shift += 7
        }
        throw .varintTooLong
    }

    private mutating func readBytes(_ length: UInt64) throws(ProtobufError) -> Range<Int> {
        guard length <= UInt64(end - position) else { throw .truncated }
        let first = position
        position += Int(length)
        return first..<position
    }

    /// Groups are never used here, only skipped, nested ones with them; their end tags' numbers are not compared, as in Go.
    private mutating func skipGroup() throws(ProtobufError) -> Range<Int> {
        let first = position
        var depth = 1
        while depth > 0 {
            let tag = try readVarint()
            guard let type = WireType(rawValue: UInt8(tag & 7)) else { throw .illegalTag }
            switch type {
            case .varint: _ = try readVarint()
            case .fixed64: _ = try readBytes(8)
            case .length: _ = try readBytes(try readVarint())
            case .startGroup: depth += 1
            case .endGroup: depth -= 1
            case .fixed32: _ = try readBytes(4)
            }
        }
        return first..<position
    }
}

enum WireType: UInt8 {
    case varint, fixed64, length, startGroup, endGroup, fixed32
}

/// One field of a message.
struct WireField {
    let number: Int32
    let type: WireType
    /// Where its tag begins.
    let start: Int
    /// Without tag and length.
    let payload: Range<Int>
    /// Of a varint or a fixed64.
    let value: UInt64

    /// Tag, length and payload.
    var whole: Range<Int> { start..<payload.upperBound }

    /// What Go's generated code checks for each field that it knows.
    @inline(__always)
    func expect(_ expected: WireType) throws(ProtobufError) {
        guard type == expected else { throw .wrongWireType(field: number) }
    }
}
