import CISAL

/// Deflate of pieces that can be joined: each piece ends on a byte boundary and refers to nothing before it, so that what
/// thousands of bodies share is compressed once.
enum Deflate {
    /// How far a body has come.
    enum Position {
        case middle
        case last
    }

    /// ISAL_DEF_LVL3_LARGE, a macro over macros that Swift does not import.
    private static let workspaceSize = 4 * 1024 + 4 * 4 * 1024 + 2 * Int(IGZIP_HIST_SIZE) + 4 * 64 * 1024

    /// Raw deflate blocks (RFC 1951) of one piece.
    static func compress(_ piece: [UInt8], _ position: Position) -> [UInt8] {
        guard !piece.isEmpty || position == .last else { return [] }
        // Deflate grows what it can't shrink by 5 bytes in 64 KB; the rest is room for the flush.
        let capacity = piece.count + piece.count / 8192 * 5 + 512
        return unsafe [UInt8](unsafeUninitializedCapacity: capacity) { output, count in
            var stream = unsafe isal_zstream()
            unsafe isal_deflate_init(&stream)
            let workspace = UnsafeMutablePointer<UInt8>.allocate(capacity: workspaceSize)
            defer { unsafe workspace.deallocate() }
            unsafe stream.level = 3
            unsafe stream.level_buf = unsafe workspace
            unsafe stream.level_buf_size = UInt32(workspaceSize)
            unsafe stream.flush = UInt16(FULL_FLUSH)
            unsafe stream.end_of_stream = position == .last ? 1 : 0
            var piece = piece
            unsafe piece.withUnsafeMutableBufferPointer { input in
                unsafe stream.next_in = input.baseAddress
                unsafe stream.avail_in = UInt32(input.count)
                unsafe stream.next_out = output.baseAddress
                unsafe stream.avail_out = UInt32(output.count)
                let status = unsafe krp_isal_deflate(&stream)
                precondition(status == COMP_OK && (unsafe stream.avail_in) == 0, "isal_deflate: \(status)")
            }
            count = unsafe Int(stream.total_out)
        }
    }
}

/// The gzip wrapper around deflate blocks (RFC 1952).
package enum Gzip {
    static let header: [UInt8] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff]

    static func compress(_ bytes: [UInt8]) -> [UInt8] {
        var checksum = GzipChecksum()
        checksum.add(bytes)
        return header + Deflate.compress(bytes, .last) + checksum.trailer
    }

    /// Nil for what is not one whole gzip member.
    package static func decompress(_ bytes: [UInt8]) -> [UInt8]? {
        unsafe GzipReader().withPlain(of: bytes) { unsafe Array($0) }
    }
}

/// CRC-32 and length of what was compressed.
struct GzipChecksum {
    private var crc: UInt32 = 0
    private var length: UInt32 = 0

    mutating func add(_ bytes: [UInt8]) {
        let before = crc
        crc = unsafe bytes.withUnsafeBufferPointer { unsafe krp_crc32_gzip(before, $0.baseAddress, UInt64($0.count)) }
        length &+= UInt32(truncatingIfNeeded: bytes.count)
    }

    var trailer: [UInt8] {
        [crc, length].flatMap { word in (0..<4).map { UInt8(truncatingIfNeeded: word >> (8 * UInt32($0))) } }
    }
}
