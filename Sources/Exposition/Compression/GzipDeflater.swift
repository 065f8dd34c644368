import CISAL

/// Deflates a body into one gzip member (RFC 1952), at ISA-L's level 1.
///
/// The state is some 170 KB: keep a deflater and `reset()` it rather than making one for each body.
@safe package final class GzipDeflater {
    private let stream: UnsafeMutablePointer<isal_zstream>
    /// Where ISA-L collects the symbols of one deflate block. Larger ones make fewer blocks, not a faster or smaller stream.
    private let levelBuffer: UnsafeMutablePointer<UInt8>
    private let levelBufferSize = Int(ISAL_DEFLATE_LEVEL1_BUFFER_SIZE)

    package init() {
        unsafe stream = .allocate(capacity: 1)
        unsafe levelBuffer = .allocate(capacity: levelBufferSize)
        unsafe isal_deflate_init(stream)
        unsafe stream.pointee.level = 1
        unsafe stream.pointee.level_buf = levelBuffer
        unsafe stream.pointee.level_buf_size = UInt32(levelBufferSize)
        unsafe stream.pointee.flush = UInt16(NO_FLUSH)
        reset()
    }

    deinit {
        unsafe stream.deallocate()
        unsafe levelBuffer.deallocate()
    }

    /// Forgets the body written so far and is ready for another.
    package func reset() {
        unsafe isal_deflate_reset(stream)
        unsafe stream.pointee.end_of_stream = 0
        // ISA-L clears it once the header is written, and a reset does not bring it back.
        unsafe stream.pointee.gzip_flag = UInt16(IGZIP_GZIP)
    }

    /// Deflates from the front of `input` until `input` is empty or `piece` is full.
    ///
    /// `input` is left with the bytes that are still to be read. With `isLast`, call again until `isComplete`; without,
    /// until `input` is empty: what is still inside comes out later, nothing is flushed before the end.
    /// - Returns: how many bytes of `piece` were written.
    package func deflate(
        _ input: inout UnsafeRawBufferPointer, isLast: Bool, into piece: UnsafeMutableRawBufferPointer
    ) -> Int {
        let bytes = unsafe input.assumingMemoryBound(to: UInt8.self)
        let offered = UInt32(clamping: bytes.count)
        let capacity = UInt32(clamping: piece.count)
        // The input is not written to: the C declaration only lacks the `const`.
        unsafe stream.pointee.next_in = UnsafeMutablePointer(mutating: bytes.baseAddress)
        unsafe stream.pointee.avail_in = offered
        unsafe stream.pointee.next_out = piece.assumingMemoryBound(to: UInt8.self).baseAddress
        unsafe stream.pointee.avail_out = capacity
        unsafe stream.pointee.end_of_stream = isLast && Int(offered) == bytes.count ? 1 : 0
        let result = unsafe krp_isal_deflate(stream)
        // The other results report wrong parameters, and those are constants.
        precondition(result == COMP_OK, "isal_deflate: \(result)")
        let taken = unsafe Int(offered - stream.pointee.avail_in)
        unsafe input = unsafe UnsafeRawBufferPointer(rebasing: input[taken...])
        return unsafe Int(capacity - stream.pointee.avail_out)
    }

    /// Whether the member's trailer has been written.
    package var isComplete: Bool {
        unsafe stream.pointee.internal_state.state == ZSTATE_END
    }
}
