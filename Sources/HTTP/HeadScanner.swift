import Glibc

/// Finds the end of a message's head in bytes that arrive piece by piece. Each byte is looked at once.
package struct HeadScanner {
    /// Where the line begins that was not yet complete.
    private var lineStart = 0

    package init() {}

    /// The length of the head with its closing empty line, or nil while it is incomplete.
    ///
    /// - Parameter bytes: everything since the message began; longer at each call.
    /// - Parameter limit: bytes.
    package mutating func endOfHead(in bytes: UnsafeRawBufferPointer, limit: Int) throws(HTTPError) -> Int? {
        // Hopping from line to line with memchr beats memmem for the closing CRLF CRLF by far.
        while lineStart < bytes.count {
            guard let base = bytes.baseAddress,
                let lineFeed = unsafe memchr(base + lineStart, 0x0a, bytes.count - lineStart)
            else { break }
            let end = unsafe UnsafeRawPointer(lineFeed) - base
            // Before all else: in pieces, nothing behind the limit is ever seen.
            guard end < limit else { throw .headTooLarge(limit: limit) }
            guard end > lineStart, unsafe bytes[end - 1] == 0x0d else {
                throw .malformed("a line ends in a bare line feed")
            }
            if end == lineStart + 1 {
                // An empty line before the request line is no end (RFC 9112 section 2.2).
                guard lineStart > 0 else { throw .malformed("the message begins with an empty line") }
                return end + 1
            }
            lineStart = end + 1
        }
        guard bytes.count <= limit else { throw .headTooLarge(limit: limit) }
        return nil
    }
}
