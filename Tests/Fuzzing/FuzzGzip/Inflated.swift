import Exposition
import Fuzzing

/// What a stream inflates to, up to a limit: a small stream can be a large body.
struct Inflated {
    private(set) var content: [UInt8] = []
    private(set) var error: GzipError?
    private(set) var isCut = false
    static let limit = 1 << 18

    private static let input = GuardedMemory(capacity: 1 << 20)
    private static let output = GuardedMemory(capacity: 1 << 16)

    /// - Parameter piece: bytes that the inflater may write at a time.
    init(_ stream: [UInt8], cutAt cuts: [Int] = [], piece: Int = 1 << 16, with inflater: GzipInflater) {
        do throws(GzipError) {
            for bytes in stream.pieces(cutAt: cuts) where !isCut {
                unsafe try take(bytes, Self.output.room(piece), inflater)
            }
            if !isCut { try inflater.finish() }
        } catch {
            self.error = error
        }
    }

    private mutating func take(
        _ bytes: ArraySlice<UInt8>, _ room: UnsafeMutableRawBufferPointer, _ inflater: GzipInflater
    ) throws(GzipError) {
        var rest = unsafe Self.input.copy(bytes)
        var written = 0
        repeat {
            let before = rest.count
            written = try unsafe inflater.inflate(&rest, into: room)
            let standsStill = unsafe written == 0 && rest.count == before && !rest.isEmpty
            require(!standsStill, "the inflater stands still")
            unsafe content.append(contentsOf: room.prefix(written))
            isCut = content.count >= Self.limit
        } while unsafe !isCut && (!rest.isEmpty || written == room.count)
    }
}
