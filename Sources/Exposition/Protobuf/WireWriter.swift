/// Writing protobuf's wire format.
extension OutputBytes {
    @inline(__always)
    mutating func appendVarint(_ value: Int) {
        reserve(10)
        var rest = UInt64(value)
        while rest >= 0x80 {
            unsafe end.pointee = UInt8(truncatingIfNeeded: rest) | 0x80
            advance(by: 1)
            rest >>= 7
        }
        unsafe end.pointee = UInt8(rest)
        advance(by: 1)
    }

    /// How many bytes `value` takes as a varint.
    @inline(__always)
    static func varintLength(_ value: Int) -> Int {
        max(1, (70 - UInt64(value).leadingZeroBitCount) / 7)
    }

    /// Appends `base[range]`.
    @inline(__always)
    mutating func append(_ base: UnsafePointer<UInt8>, _ range: Range<Int>) {
        reserve(range.count)
        unsafe end.update(from: base + range.lowerBound, count: range.count)
        advance(by: range.count)
    }
}

// MARK: - Messages whose length is known only behind them

/// A message that is being written, and where.
struct OpenMessage {
    /// Where its length stands, and how many bytes were left for it.
    let start: Int
    let lengthRoom: Int

    var content: Int { start + lengthRoom }
}

extension OutputBytes {
    /// Begins a delimited message that will be some `expected` bytes long.
    mutating func beginMessage(expected: Int) -> OpenMessage {
        let room = Self.varintLength(expected)
        reserve(room)
        advance(by: room)
        return OpenMessage(start: count - room, lengthRoom: room)
    }

    /// Writes the length; moves the content where another size was expected.
    mutating func endMessage(_ message: OpenMessage) {
        let length = count - message.content
        let needed = Self.varintLength(length)
        if needed != message.lengthRoom {
            reserve(needed)
            unsafe (base + message.start + needed).update(from: base + message.content, count: length)
        }
        truncate(to: message.start)
        appendVarint(length)
        advance(by: length)
    }

    /// Takes back what was appended behind the first `length` bytes.
    mutating func truncate(to length: Int) {
        advance(by: length - count)
    }
}
