/// A body cut into blocks to be sent, with its chunk framing where it has one.
struct FramedBody {
    private let pieces: [[UInt8]]
    private var piece = 0
    private var offset = 0
    private let chunkSize: Int?
    private var endIsDue: Bool

    /// - Parameter chunkSize: bytes in a chunk; nil for a body without chunks.
    init(_ body: PiecedBytes, chunkSize: Int?) {
        pieces = body.pieces
        self.chunkSize = chunkSize
        endIsDue = chunkSize != nil
    }

    /// The next bytes, about `size` of them (never less than a chunk); empty at the end.
    mutating func next(_ size: Int) -> [UInt8] {
        var block: [UInt8] = []
        block.reserveCapacity(size + 64)
        guard let chunkSize else {
            take(size, into: &block)
            return block
        }
        while block.count < size, piece < pieces.count {
            var chunk: [UInt8] = []
            take(chunkSize, into: &chunk)
            block += "\(String(chunk.count, radix: 16))\r\n".utf8
            block += chunk
            block += "\r\n".utf8
        }
        if piece == pieces.count, endIsDue {
            endIsDue = false
            block += "0\r\n\r\n".utf8
        }
        return block
    }

    private mutating func take(_ count: Int, into block: inout [UInt8]) {
        var missing = count
        while missing > 0, piece < pieces.count {
            let part = pieces[piece][offset...].prefix(missing)
            block += part
            missing -= part.count
            offset += part.count
            if offset == pieces[piece].count {
                piece += 1
                offset = 0
            }
        }
    }
}
