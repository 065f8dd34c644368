import Testing

@testable import Exposition

/// Gzip streams that zlib made, with what is inside them.
struct GzipFixture: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let stream: [UInt8]
    let content: [UInt8]

    init(_ description: String, _ hex: String, _ content: [UInt8]) {
        testDescription = description
        stream = bytes(hex: hex)
        self.content = content
    }

    static let all = [
        GzipFixture(
            "three members, with every header field, an empty one between them",
            """
            1f8b081e000000000003050045585452416e616d652e7478740077687900f5ac2b2da8cecb4f49b5554a54aa5530e42a1de5e2e60200a6a8\
            06292c0100001f8b0800000000000003030000000000000000001f8b080a0000000000036e0023344b4c4a0600c241243503000000
            """,
            [UInt8](String(repeating: "up{node=\"a\"} 1\n", count: 20).utf8) + Array("abc".utf8)),
        GzipFixture(
            "a stored block", "1f8b0800000000000003010c00f3ff73746f7265642062797465737877a60f0c000000",
            Array("stored bytes".utf8)),
        GzipFixture(
            "the fixed codes", "1f8b08000000000000034bcbac484d514843900081e6898811000000",
            Array("fixed fixed fixed".utf8)),
        GzipFixture(
            "codes of its own",
            "1f8b08000000000000034b4c4c4c4a4e494d4f4a494b4a4d4c494c4d4a4b494a4f4d494e4a048151392439005bd95dbd2c010000",
            (0..<300).map { UInt8((($0 * $0) >> 3) % 7 + 97) }),
    ]
}

func bytes(hex: String) -> [UInt8] {
    let digits = hex.compactMap { $0.hexDigitValue }
    return stride(from: 0, to: digits.count - 1, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
}

/// Inflates `stream`, handed over in chunks of `chunk` bytes (the first of `first`), into pieces of `piece` bytes.
func inflate(
    _ stream: [UInt8], first: Int? = nil, chunk: Int = .max, piece: Int = 65_536, with inflater: GzipInflater = .init()
) throws -> [UInt8] {
    var content: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: piece)
    var position = 0
    while position < stream.count {
        let length = min(position == 0 ? first ?? chunk : chunk, stream.count - position)
        let slice = stream[position..<position + length]
        position += length
        try unsafe slice.withUnsafeBytes { bytes in
            unsafe try buffer.withUnsafeMutableBytes { room in
                var rest = unsafe bytes
                var written = 0
                repeat {
                    written = unsafe try inflater.inflate(&rest, into: room)
                    unsafe content.append(contentsOf: room.prefix(written))
                } while unsafe !rest.isEmpty || written == room.count
            }
        }
    }
    try inflater.finish()
    return content
}

/// Deflates `content`, handed over in chunks of `chunk` bytes, into pieces of `piece` bytes.
func deflate(
    _ content: [UInt8], chunk: Int = 65_536, piece: Int = 65_536, with deflater: GzipDeflater = .init()
) -> [UInt8] {
    var stream: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: piece)
    var position = 0
    repeat {
        let slice = content[position..<min(position + chunk, content.count)]
        position += slice.count
        let isLast = position == content.count
        unsafe slice.withUnsafeBytes { bytes in
            unsafe buffer.withUnsafeMutableBytes { room in
                var rest = unsafe bytes
                repeat {
                    let written = unsafe deflater.deflate(&rest, isLast: isLast, into: room)
                    unsafe stream.append(contentsOf: room.prefix(written))
                } while unsafe !rest.isEmpty || (isLast && !deflater.isComplete)
            }
        }
    } while position < content.count
    return stream
}
