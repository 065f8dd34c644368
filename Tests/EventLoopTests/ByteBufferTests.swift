import EventLoop
import Testing

@Suite("Buffers")
struct ByteBufferTests {
    @Test(
        "bytes move to a place before them, overlapping or not",
        arguments: [(4..<6, 1, "045"), (2..<9, 1, "02345678"), (3..<3, 0, ""), (5..<9, 5, "012345678")])
    func move(range: Range<Int>, place: Int, beginning: String) {
        let buffer = ByteBuffer(capacity: 64)
        buffer.append("xx0123456789")
        buffer.consume(2)
        buffer.move(range, to: place)
        let bytes = unsafe buffer.bytes
        let text = unsafe String(decoding: bytes.prefix(place + range.count), as: UTF8.self)
        #expect(text == beginning)
        #expect(buffer.count == 10)
    }
}
