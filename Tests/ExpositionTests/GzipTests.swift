import Testing

@testable import Exposition

@Suite("Gzip, read and written piece by piece")
struct GzipTests {
    @Test(
        "What zlib deflated is inflated, cut into two chunks at every byte, into pieces of any size",
        arguments: GzipFixture.all)
    func anyChunks(fixture: GzipFixture) throws {
        for first in 1...fixture.stream.count {
            for piece in [1, 7, 65_536] {
                #expect(try inflate(fixture.stream, first: first, piece: piece) == fixture.content)
            }
        }
        #expect(try inflate(fixture.stream, chunk: 1, piece: 1) == fixture.content)
    }

    @Test(
        "A stream that is cut anywhere but between two members is truncated, never complete", arguments: GzipFixture.all
    )
    func truncated(fixture: GzipFixture) {
        let ends = memberEnds(of: fixture.stream)
        for length in 0..<fixture.stream.count where !ends.contains(length) {
            #expect(throws: GzipError.truncated, "cut at \(length)") {
                try inflate(Array(fixture.stream[..<length]))
            }
        }
    }

    @Test("A wrong byte in the checksum, the length or the magic is found", arguments: GzipFixture.all)
    func corrupted(fixture: GzipFixture) {
        let trailer = (fixture.stream.count - 8)..<fixture.stream.count
        for position in [0, 1, 2] + Array(trailer) {
            var stream = fixture.stream
            stream[position] ^= 0x40
            #expect(throws: GzipError.self, "byte \(position)") { try inflate(stream) }
            #expect(throws: GzipError.self, "byte \(position), byte by byte") { try inflate(stream, chunk: 1) }
        }
    }

    @Test("Garbage behind the last member is refused, zeros too")
    func garbage() {
        let stream = deflate(Array("up 1\n".utf8))
        #expect(throws: GzipError.invalidHeader(member: 2)) { try inflate(stream + Array("garbage".utf8)) }
        #expect(throws: GzipError.invalidHeader(member: 2)) { try inflate(stream + [0, 0, 0, 0]) }
        #expect(throws: GzipError.truncated) { try inflate(stream + [0x1f]) }
        #expect(throws: GzipError.invalidHeader(member: 1)) { try inflate(Array("# HELP up".utf8)) }
    }

    @Test("A header checksum that does not match is refused, and so is a name that never ends")
    func badHeaders() {
        var stream = GzipFixture.all[0].stream
        stream[10 + 2 + 5] ^= 1  // a letter of the name, which the header's checksum covers
        #expect(throws: GzipError.invalidHeader(member: 1)) { try inflate(stream) }
        let endless = [0x1f, 0x8b, 8, 8, 0, 0, 0, 0, 0, 3] + [UInt8](repeating: 97, count: 512)
        #expect(throws: GzipError.invalidHeader(member: 1)) { try inflate(endless) }
    }

    @Test("Once it has failed, an inflater fails again until it is reset")
    func failureStays() throws {
        let inflater = GzipInflater()
        #expect(throws: GzipError.invalidHeader(member: 1)) { try inflate([0], with: inflater) }
        #expect(throws: GzipError.invalidHeader(member: 1)) { try inflate([0x1f], with: inflater) }
        inflater.reset()
        #expect(try inflate(GzipFixture.all[1].stream, with: inflater) == GzipFixture.all[1].content)
    }

    @Test("An inflater that was left in the middle of a body reads the next one after a reset")
    func reset() throws {
        let inflater = GzipInflater()
        let fixture = GzipFixture.all[0]
        for length in [3, 20, 60, fixture.stream.count - 3] {
            _ = try? inflate(Array(fixture.stream[..<length]), with: inflater)
            inflater.reset()
            #expect(try inflate(fixture.stream, with: inflater) == fixture.content)
            inflater.reset()
        }
    }

    @Test(
        "What is deflated comes back, whatever the chunks, in one member",
        arguments: [0, 1, 5, 1000, 65_536, 300_000], [1000, 65_536, 1_000_000])
    func roundTrip(length: Int, chunk: Int) throws {
        let content = exposition(length: length)
        let stream = deflate(content, chunk: chunk)
        #expect(try inflate(stream) == content)
        #expect(stream.starts(with: [0x1f, 0x8b, 8, 0]))
        if length > 1000 { #expect(stream.count < content.count / 4) }
    }

    @Test("Small output pieces only mean more calls", arguments: [1, 9, 100])
    func smallPieces(piece: Int) throws {
        let content = exposition(length: 5000)
        #expect(try inflate(deflate(content, chunk: 777, piece: piece)) == content)
    }

    @Test("A deflater that was left in the middle of a body starts afresh after a reset")
    func deflaterReset() throws {
        let deflater = GzipDeflater()
        let content = exposition(length: 200_000)
        let expected = deflate(content, with: deflater)
        deflater.reset()
        var room = [UInt8](repeating: 0, count: 65_536)
        unsafe content.withUnsafeBytes { bytes in
            var rest = unsafe UnsafeRawBufferPointer(rebasing: bytes[..<150_000])
            _ = unsafe room.withUnsafeMutableBytes { unsafe deflater.deflate(&rest, isLast: false, into: $0) }
        }
        deflater.reset()
        #expect(deflate(content, with: deflater).elementsEqual(expected))
    }

    /// Lines of a body that compresses as metrics do.
    private func exposition(length: Int) -> [UInt8] {
        var text: [UInt8] = []
        var line = 0
        while text.count < length {
            text += Array(
                "container_cpu_usage_seconds_total{container=\"c\(line % 61)\",id=\"\(line &* 2_654_435_761)\"} \(line)\n"
                    .utf8)
            line += 1
        }
        return Array(text.prefix(length))
    }

    /// Where a member ends inside `stream`: at the magic of the next.
    private func memberEnds(of stream: [UInt8]) -> [Int] {
        stream.indices.dropFirst().filter { stream[$0...].starts(with: [0x1f, 0x8b, 8]) }
    }
}
