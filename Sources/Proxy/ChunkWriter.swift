import EventLoop
import Exposition
import Listening

/// Writes a body whose length is not known, in chunks (RFC 9112 section 7.1).
final class ChunkWriter {
    let downstream: DownstreamConnection
    private let pool: BufferPool
    private let buffer: ByteBuffer
    /// The head, until it goes out with the first chunk.
    private var first: [UInt8] = []
    private var isEnded = false
    /// Room for a chunk's size line and the head before it, and for line breaks and the last chunk behind it.
    private static let before = 8 * 1024
    private static let behind = 16

    init(_ pool: BufferPool, _ downstream: DownstreamConnection) {
        self.pool = pool
        self.downstream = downstream
        buffer = pool.borrow()
    }

    func putFirst(_ head: [UInt8]) { first = head }

    /// Writes all of `output` and empties it.
    func write(_ output: inout OutputBytes) async throws(Interruption) {
        var done = 0
        while done < output.count {
            let length = min(output.count - done, buffer.capacity - Self.before - Self.behind)
            buffer.clear(leaving: Self.before)
            unsafe output.withUnsafeBytes { bytes in
                unsafe buffer.append(UnsafeRawBufferPointer(rebasing: bytes[done..<done + length]))
            }
            buffer.append("\r\n" as StaticString)
            prepend(Array("\(String(length, radix: 16))\r\n".utf8))
            try await flush()
            done += length
        }
        output.removeAll()
    }

    /// The last chunk; without it, the body is seen to be cut.
    func writeEnd() async throws(Interruption) {
        buffer.clear(leaving: Self.before)
        buffer.append("0\r\n\r\n" as StaticString)
        try await flush()
    }

    private func flush() async throws(Interruption) {
        if !first.isEmpty, first.count <= buffer.start {
            prepend(first)
        } else if !first.isEmpty {
            try await downstream.write(first)
        }
        first = []
        try await downstream.write(buffer.count, of: buffer)
    }

    private func prepend(_ bytes: [UInt8]) { unsafe bytes.withUnsafeBytes { unsafe buffer.prepend($0) } }

    func end() {
        guard !isEnded else { return }
        isEnded = true
        pool.giveBack(buffer)
    }
}
