/// Follows a body through bytes that arrive in any pieces, to know where it ends: what comes behind is no part of it.
package struct BodyFramer: Sendable {
    private enum Progress: Sendable {
        case length(remaining: Int)
        case chunked(ChunkedFraming)
    }

    private var progress: Progress

    /// - Returns: nil for a body up to the end of the connection, whose end can't be told from a cut.
    package init?(_ framing: BodyFraming) {
        switch framing {
        case .none: progress = .length(remaining: 0)
        case .length(let length): progress = .length(remaining: length)
        case .chunked: progress = .chunked(ChunkedFraming())
        case .untilClose: return nil
        }
    }

    package var isAtEnd: Bool {
        switch progress {
        case .length(let remaining): remaining == 0
        case .chunked(let framing): framing.isAtEnd
        }
    }

    /// How many bytes are still to come, where nothing but the body's own do; nil: there is framing among them.
    package var unframedRest: Int? {
        if case .length(let remaining) = progress { remaining } else { nil }
    }

    /// So many of them passed by unseen.
    package mutating func passed(_ count: Int) {
        guard case .length(let remaining) = progress else { return }
        precondition(count <= remaining, "more bytes than the body has")
        progress = .length(remaining: remaining - count)
    }

    /// How many of `bytes` belong to the body, its framing included: for passing them on as they are.
    package mutating func advance(over bytes: UnsafeRawBufferPointer) throws(HTTPError) -> Int {
        switch progress {
        case .length(let remaining):
            let count = min(remaining, bytes.count)
            progress = .length(remaining: remaining - count)
            return count
        case .chunked(var framing):
            defer { progress = .chunked(framing) }
            var position = 0
            while true {
                switch try unsafe framing.next(in: bytes, from: position) {
                case .data(let range): position = range.upperBound
                case .needsMore: return bytes.count
                case .end(let end): return end
                }
            }
        }
    }

    /// The next run of body bytes without framing, from `position` on; nil when nothing is left before the end of the
    /// body or of the bytes. `position` moves behind what was consumed.
    package mutating func nextData(
        in bytes: UnsafeRawBufferPointer, from position: inout Int
    ) throws(HTTPError) -> Range<Int>? {
        guard position < bytes.count, !isAtEnd else { return nil }
        switch progress {
        case .length(let remaining):
            let run = position..<min(position + remaining, bytes.count)
            progress = .length(remaining: remaining - run.count)
            position = run.upperBound
            return run
        case .chunked(var framing):
            defer { progress = .chunked(framing) }
            switch try unsafe framing.next(in: bytes, from: position) {
            case .data(let run):
                position = run.upperBound
                return run
            case .end(let end): position = end
            case .needsMore: position = bytes.count
            }
            return nil
        }
    }
}
