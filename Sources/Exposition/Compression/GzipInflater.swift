import CISAL

/// Inflates a gzip stream (RFC 1952) piece by piece: any chunk boundaries, several members, checksums verified.
///
/// What it refuses is what Go's `compress/gzip` refuses, so that a body that Prometheus would not take is not
/// turned into one that it takes: a stream of 0 bytes, one that ends inside a member, bytes behind the last member.
/// The state is some 90 KB: keep an inflater and `reset()` it rather than making one for each body.
@safe package final class GzipInflater {
    private enum Stage {
        case header(GzipHeader)
        case body
        case failed(GzipError)
    }

    private let state: UnsafeMutablePointer<inflate_state>
    private var stage = Stage.header(GzipHeader())
    private var member = 1

    package init() {
        unsafe state = .allocate(capacity: 1)
        unsafe isal_inflate_init(state)
    }

    deinit {
        unsafe state.deallocate()
    }

    /// Forgets the stream read so far and is ready for another.
    package func reset() {
        stage = .header(GzipHeader())
        member = 1
    }

    /// Inflates from the front of `input` until `input` is empty or `piece` is full.
    ///
    /// `input` is left with the bytes that are still to be read. Call again as long as it is not empty *or* the last
    /// piece was filled: a full piece may have left output waiting inside.
    /// - Returns: how many bytes of `piece` were written.
    package func inflate(
        _ input: inout UnsafeRawBufferPointer, into piece: UnsafeMutableRawBufferPointer
    ) throws(GzipError) -> Int {
        var written = 0
        while true {
            switch stage {
            case .failed(let error):
                throw error
            case .header(var header):
                while !header.isComplete, let byte = unsafe input.first {
                    guard header.read(byte) else { throw fail(.invalidHeader(member: member)) }
                    unsafe input = unsafe UnsafeRawBufferPointer(rebasing: input.dropFirst())
                }
                stage = .header(header)
                guard header.isComplete else { return written }
                unsafe isal_inflate_reset(state)
                unsafe state.pointee.crc_flag = UInt32(ISAL_GZIP_NO_HDR_VER)
                stage = .body
            case .body:
                let room = unsafe UnsafeMutableRawBufferPointer(rebasing: piece[written...])
                let (count, isMemberComplete) = unsafe try inflateBody(&input, into: room)
                written += count
                guard isMemberComplete else { return written }
                member += 1
                stage = .header(GzipHeader())
            }
        }
    }

    /// To be called when the stream has ended: throws if it ended too early.
    package func finish() throws(GzipError) {
        switch stage {
        case .failed(let error): throw error
        case .header(let header) where member > 1 && header.isUntouched: return
        case .header, .body: throw fail(.truncated)
        }
    }

    private func inflateBody(
        _ input: inout UnsafeRawBufferPointer, into room: UnsafeMutableRawBufferPointer
    ) throws(GzipError) -> (written: Int, isMemberComplete: Bool) {
        let bytes = unsafe input.assumingMemoryBound(to: UInt8.self)
        // ISA-L counts in 32 bits; what does not fit is left for the next call.
        let offered = UInt32(clamping: bytes.count)
        let capacity = UInt32(clamping: room.count)
        // The input is not written to: the C declaration only lacks the `const`.
        unsafe state.pointee.next_in = UnsafeMutablePointer(mutating: bytes.baseAddress)
        unsafe state.pointee.avail_in = offered
        unsafe state.pointee.next_out = room.assumingMemoryBound(to: UInt8.self).baseAddress
        unsafe state.pointee.avail_out = capacity
        let result = unsafe krp_isal_inflate(state)
        guard result == ISAL_DECOMP_OK || result == ISAL_END_INPUT || result == ISAL_OUT_OVERFLOW else {
            throw fail(.corrupt(member: member, reason: Self.reason(of: result)))
        }
        let taken = unsafe Int(offered - state.pointee.avail_in)
        unsafe input = unsafe UnsafeRawBufferPointer(rebasing: input[taken...])
        return unsafe (Int(capacity - state.pointee.avail_out), state.pointee.block_state == ISAL_BLOCK_FINISH)
    }

    private func fail(_ error: GzipError) -> GzipError {
        stage = .failed(error)
        return error
    }

    private static func reason(of result: Int32) -> String {
        switch result {
        case ISAL_INVALID_BLOCK: "invalid deflate block"
        case ISAL_INVALID_SYMBOL: "invalid deflate symbol"
        case ISAL_INVALID_LOOKBACK: "deflate distance reaches before the start"
        case ISAL_INCORRECT_CHECKSUM: "checksum or length does not match"
        default: "ISA-L error \(result)"
        }
    }
}
