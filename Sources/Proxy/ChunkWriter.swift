import EventLoop
import Exposition
import Listening

/// Writes a body whose length is not known, in chunks (RFC 9112 section 7.1).
struct ChunkWriter {
    /// Room that the bytes of a chunk need in front: for the head of the answer and the chunk's size line.
    static let headroom = 8 * 1024

    let downstream: DownstreamConnection
    /// The head, until it goes out with the first chunk.
    private var head: [UInt8] = []

    init(_ downstream: DownstreamConnection) { self.downstream = downstream }

    mutating func putFirst(_ head: [UInt8]) { self.head = head }

    /// Writes all of `output` as one chunk, and empties it.
    ///
    /// - Parameter isLast: nothing follows. Without such a call the body is seen to be cut.
    mutating func write(_ output: inout OutputBytes, isLast: Bool) async throws(Interruption) {
        var start = head
        head = []
        if !output.isEmpty {
            start += Array("\(String(output.count, radix: 16))\r\n".utf8)
            output.append("\r\n")
        }
        if isLast { output.append("0\r\n\r\n") }
        if !output.prepend(start) { try await downstream.write(start) }
        try await unsafe downstream.write(output.all)
        output.removeAll()
    }
}
