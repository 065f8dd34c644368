import Exposition
import Fuzzing

/// What is deflated inflates to what it was.
enum DeflateProperties {
    private static let input = GuardedMemory(capacity: 1 << 20)
    private static let output = GuardedMemory(capacity: 1 << 16)

    static func check(_ content: [UInt8]) {
        let deflater = GzipDeflater()
        for cuts in [[]] + Cuts.some(of: content) {
            for piece in [1 << 16, 61] {
                deflater.reset()
                let stream = deflate(content, cuts, piece, deflater)
                let again = Inflated(stream, with: GzipInflater())
                require(again.error == nil, "cut at \(cuts) into pieces of \(piece): \(again.error as Any)")
                require(again.content == content, "cut at \(cuts) into pieces of \(piece): other content")
            }
        }
    }

    private static func deflate(_ content: [UInt8], _ cuts: [Int], _ piece: Int, _ deflater: GzipDeflater) -> [UInt8] {
        var stream: [UInt8] = []
        let room = unsafe output.room(piece)
        let pieces = content.pieces(cutAt: cuts)
        for (index, bytes) in pieces.enumerated() {
            var rest = unsafe input.copy(bytes)
            let isLast = index == pieces.count - 1
            while unsafe !rest.isEmpty || isLast && !deflater.isComplete {
                let before = rest.count
                let written = unsafe deflater.deflate(&rest, isLast: isLast, into: room)
                require(written > 0 || rest.count < before, "the deflater stands still")
                unsafe stream.append(contentsOf: room.prefix(written))
            }
        }
        return stream
    }
}
