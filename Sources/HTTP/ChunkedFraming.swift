/// The chunked transfer coding (RFC 9112 section 7.1) as a state machine over bytes that arrive in any pieces.
///
/// Strict where two readers could differ: sizes are 1 to 15 hexadecimal digits without blanks, lines end in CRLF, extensions and
/// trailers hold no control character, trailers are field lines.
package struct ChunkedFraming: Sendable {
    /// What comes next in the bytes given.
    package enum Piece: Equatable, Sendable {
        /// Body bytes, at these positions of the input; everything up to their end is consumed.
        case data(Range<Int>)
        /// Nothing but framing was left; all of the input is consumed.
        case needsMore
        /// The coding ended; the input is consumed up to here, what follows belongs to the next message.
        case end(Int)
    }

    private enum State: Sendable, Equatable {
        case size(digits: Int)
        case extensions
        case sizeLineFeed
        case data
        case dataCarriageReturn
        case dataLineFeed
        case trailerStart
        case trailerName
        case trailer
        case trailerLineFeed
        case endLineFeed
        case ended
    }

    private var state = State.size(digits: 0)
    /// Bytes of the current chunk that are still to come.
    private var remaining = 0
    /// Bytes of extensions or trailers so far: they are limited.
    private var overhead = 0
    private static let maximumOverhead = 16 * 1024

    package init() {}

    package var isAtEnd: Bool { state == .ended }

    /// The next piece of `bytes` from `start` on.
    package mutating func next(in bytes: UnsafeRawBufferPointer, from start: Int) throws(HTTPError) -> Piece {
        var position = start
        while position < bytes.count {
            if state == .data {
                let end = min(position + remaining, bytes.count)
                remaining -= end - position
                if remaining == 0 { state = .dataCarriageReturn }
                return .data(position..<end)
            }
            try step(unsafe bytes[position])
            position += 1
            if state == .ended { return .end(position) }
        }
        return .needsMore
    }

    private mutating func step(_ byte: UInt8) throws(HTTPError) {
        switch state {
        case .size(let digits): try stepSize(byte, digits)
        case .extensions:
            try count()
            if byte == 0x0d { state = .sizeLineFeed } else { try require(Grammar.isFieldValue(byte)) }
        case .sizeLineFeed:
            try require(byte == 0x0a)
            state = remaining == 0 ? .trailerStart : .data
        case .dataCarriageReturn:
            try require(byte == 0x0d)
            state = .dataLineFeed
        case .dataLineFeed:
            try require(byte == 0x0a)
            state = .size(digits: 0)
        case .trailerStart:
            if byte == 0x0d {
                state = .endLineFeed
            } else {
                try count()
                try require(Grammar.isToken(byte))
                state = .trailerName
            }
        case .trailerName:
            try count()
            if byte == UInt8(ascii: ":") { state = .trailer } else { try require(Grammar.isToken(byte)) }
        case .trailer:
            try count()
            if byte == 0x0d { state = .trailerLineFeed } else { try require(Grammar.isFieldValue(byte)) }
        case .trailerLineFeed:
            try require(byte == 0x0a)
            state = .trailerStart
        case .endLineFeed:
            try require(byte == 0x0a)
            state = .ended
        case .data, .ended: break
        }
    }

    private mutating func stepSize(_ byte: UInt8, _ digits: Int) throws(HTTPError) {
        if let value = Grammar.hexadecimalValue(byte) {
            guard digits < 15 else { throw .malformed("a chunk size has too many digits") }
            remaining = (digits == 0 ? 0 : remaining << 4) | Int(value)
            state = .size(digits: digits + 1)
            return
        }
        try require(digits > 0)
        switch byte {
        case 0x0d: state = .sizeLineFeed
        case UInt8(ascii: ";"): state = .extensions
        default: throw .malformed("the chunked framing is broken")
        }
    }

    private func require(_ condition: Bool) throws(HTTPError) {
        guard condition else { throw .malformed("the chunked framing is broken") }
    }

    private mutating func count() throws(HTTPError) {
        overhead += 1
        guard overhead <= Self.maximumOverhead else { throw .headTooLarge(limit: Self.maximumOverhead) }
    }
}
