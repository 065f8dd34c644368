import CISAL

/// Inflates whole gzip members (RFC 1952), one after another, into memory that it keeps: a fresh megabyte for each costs more
/// than the inflating.
@safe package final class GzipReader {
    private let state: UnsafeMutablePointer<inflate_state>
    private var plain: [UInt8] = []
    private static let most = 1 << 30

    package init() {
        unsafe state = .allocate(capacity: 1)
        unsafe isal_inflate_init(state)
    }

    deinit { unsafe state.deallocate() }

    /// - Parameter read: gets the bytes without compression, for as long as it runs.
    /// - Returns: nil for what is not one whole member; its checksum is verified.
    package func withPlain<Result>(of member: [UInt8], _ read: (UnsafeRawBufferPointer) -> Result) -> Result? {
        // The last four bytes are the length, modulo 2^32 and if they are to be believed.
        let told = member.suffix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
        var room = max(64 * 1024, min(told, Self.most) + 1)
        while room <= 2 * Self.most {
            if plain.count < room { plain = [UInt8](repeating: 0, count: room) }
            let (result, length) = inflate(member)
            if result == ISAL_DECOMP_OK, unsafe state.pointee.block_state == ISAL_BLOCK_FINISH {
                return unsafe plain.withUnsafeBytes { unsafe read(UnsafeRawBufferPointer(rebasing: $0[..<length])) }
            }
            guard result == ISAL_OUT_OVERFLOW || length == plain.count else { return nil }
            room = 2 * plain.count
        }
        return nil
    }

    private func inflate(_ member: [UInt8]) -> (result: Int32, length: Int) {
        unsafe isal_inflate_reset(state)
        unsafe state.pointee.crc_flag = UInt32(ISAL_GZIP)
        var member = member
        return unsafe member.withUnsafeMutableBufferPointer { source in
            unsafe plain.withUnsafeMutableBufferPointer { target in
                unsafe state.pointee.next_in = source.baseAddress
                unsafe state.pointee.avail_in = UInt32(source.count)
                unsafe state.pointee.next_out = target.baseAddress
                unsafe state.pointee.avail_out = UInt32(target.count)
                let result = unsafe krp_isal_inflate(state)
                return (result, target.count - Int(unsafe state.pointee.avail_out))
            }
        }
    }
}
