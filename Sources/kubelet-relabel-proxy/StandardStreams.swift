import Exposition
import Glibc

/// A body from standard input, rewritten, to standard output.
enum StandardStreams {
    private static let chunkLength = 65_536

    /// Streams until standard input ends. The last byte is held back to the end: a body that can't be rewritten whole ends
    /// inside a line, a message or a gzip member, and nobody takes it for a whole one.
    static func pass(through rewriter: CodedRewriter) throws {
        let chunk = UnsafeMutableRawBufferPointer.allocate(byteCount: chunkLength, alignment: 16)
        defer { unsafe chunk.deallocate() }
        var output = OutputBytes(capacity: 2 * chunkLength)
        while true {
            let length = unsafe try readSome(into: chunk)
            if length == 0 { break }
            var rest = unsafe UnsafeRawBufferPointer(rebasing: chunk[..<length])
            while unsafe try !rewriter.write(&rest, to: &output) { try write(&output, holding: 1) }
            try write(&output, holding: 1)
        }
        try rewriter.finish(to: &output)
        try write(&output, holding: 0)
    }

    private static func readSome(into chunk: UnsafeMutableRawBufferPointer) throws -> Int {
        while true {
            let length = unsafe read(STDIN_FILENO, chunk.baseAddress, chunk.count)
            if length >= 0 { return length }
            guard errno == EINTR else {
                throw RewriteFailure("standard input: \(unsafe String(cString: strerror(errno)))")
            }
        }
    }

    /// Writes all bytes but the last `held`, which stay in `output`.
    private static func write(_ output: inout OutputBytes, holding held: Int) throws {
        let length = max(output.count - held, 0)
        try unsafe output.withUnsafeBytes { bytes in
            var written = 0
            while written < length {
                let count = unsafe Glibc.write(
                    STDOUT_FILENO, bytes.baseAddress?.advanced(by: written), length - written)
                if count >= 0 {
                    written += count
                } else if errno != EINTR {
                    throw RewriteFailure("standard output: \(unsafe String(cString: strerror(errno)))")
                }
            }
        }
        output.removeFirst(length)
    }
}
