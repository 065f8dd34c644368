import Testing

@testable import Exposition

@Suite("Bodies rewritten as they are coded on the wire")
struct GzipRewriteTests {
    @Test(
        "Any coding in, any coding out, in chunks of any size: the same body",
        arguments: [ContentCoding.identity, .gzip], [ContentCoding.identity, .gzip])
    func codings(source: ContentCoding, destination: ContentCoding) throws {
        let body = Array((0..<9000).map { "up{pod=\"pod-\($0)\"} \($0 % 7)\n" }.joined().utf8)
        let sent = source == .gzip ? deflate(body) : body
        let pool = GzipPool()
        for chunk in [1000, 65_537, .max] {
            let rewriter = CodedRewriter(ExpositionRewriter(Echo()), from: source, to: destination, pool: pool)
            let (received, _) = try rewrite(sent, chunk: chunk, with: rewriter)
            #expect(try decoded(received, from: destination) == body)
        }
    }

    @Test("A small gzip body is the same whatever byte it is cut at", arguments: GzipFixture.all)
    func everyByte(fixture: GzipFixture) throws {
        let pool = GzipPool()
        for chunk in 1...fixture.stream.count {
            let rewriter = CodedRewriter(ExpositionRewriter(Echo()), from: .gzip, to: .gzip, pool: pool)
            let (received, _) = try rewrite(fixture.stream, chunk: chunk, with: rewriter)
            #expect(try inflate(received) == fixture.content)
        }
    }

    @Test("An empty body leaves as an empty body; as gzip it is one member")
    func empty() throws {
        let pool = GzipPool()
        let rewriter = CodedRewriter(ExpositionRewriter(Echo()), from: .identity, to: .gzip, pool: pool)
        let (received, _) = try rewrite([], with: rewriter)
        #expect(try inflate(received).isEmpty)
    }

    @Test("A bomb meets body_size_limit within one piece of it", arguments: [ContentCoding.identity, .gzip])
    func bombHitsLimit(destination: ContentCoding) throws {
        let bomb = zeros(count: 300 << 20)
        let limits = RewriteLimits(bodySize: 1 << 20)
        let rewriter = CodedRewriter(
            ExpositionRewriter(Echo(limits)), from: .gzip, to: destination, pool: GzipPool())
        let error = #expect(throws: CodedRewriteError.self) { try rewrite(bomb, with: rewriter) }
        #expect(error?.limit == .bodySize)
        #expect(rewriter.counts.bytesIn <= 1 << 20 + GzipPool.pieceLength)
    }

    @Test("What a chunk of a bomb inflates to comes out in pieces, never all at once")
    func bombStaysBounded() throws {
        let bomb = zeros(count: 50 << 20)
        #expect(bomb.count < 300_000)
        let rewriter = CodedRewriter(ExpositionRewriter(Echo()), from: .gzip, to: .identity, pool: GzipPool())
        let (received, longest) = try rewrite(bomb, with: rewriter)
        #expect(received.count == 50 << 20)
        #expect(longest <= CodedRewriter.fullOutput + GzipPool.pieceLength)
    }

    @Test("A bomb that hardly gives any output is worked on in pieces too")
    func bombYields() throws {
        let bomb = zeros(count: 50 << 20)
        let rewriter = CodedRewriter(ExpositionRewriter(Echo()), from: .gzip, to: .gzip, pool: GzipPool())
        var output = OutputBytes()
        var (calls, longest) = (0, 0)
        try unsafe bomb.withUnsafeBytes { bytes in
            var rest = unsafe bytes
            var isDone = false
            while !isDone {
                let before = rewriter.counts.bytesIn
                isDone = unsafe try rewriter.write(&rest, to: &output)
                longest = max(longest, rewriter.counts.bytesIn - before)
                calls += 1
                output.removeAll()
            }
        }
        #expect(rewriter.counts.bytesIn == 50 << 20)
        #expect(longest <= CodedRewriter.enoughWork + GzipPool.pieceLength)
        #expect(calls >= 48)
    }

    @Test("A truncated body throws at its end, a corrupt one where it is corrupt; nothing looks complete")
    func broken() throws {
        let body = [UInt8](repeating: 97, count: 100_000)
        let stream = deflate(body)
        let pool = GzipPool()
        for length in [0, 1, 9, 10, stream.count / 2, stream.count - 1] {
            let rewriter = CodedRewriter(ExpositionRewriter(Echo()), from: .gzip, to: .gzip, pool: pool)
            #expect(throws: CodedRewriteError.gzip(.truncated)) {
                try rewrite(Array(stream[..<length]), with: rewriter)
            }
        }
        let rewriter = CodedRewriter(ExpositionRewriter(Echo()), from: .gzip, to: .identity, pool: pool)
        #expect(throws: CodedRewriteError.gzip(.invalidHeader(member: 1))) { try rewrite(body, with: rewriter) }
    }

    @Test("Scrapes that take turns with one pool's state don't disturb one another")
    func interleaved() throws {
        let pool = GzipPool(capacity: 1)
        let bodies = (0..<3).map { index in Array(repeating: UInt8(97 + index), count: 200_000) }
        for _ in 0..<2 {
            let rewriters = bodies.map { _ in
                CodedRewriter(ExpositionRewriter(Echo()), from: .gzip, to: .gzip, pool: pool)
            }
            var outputs = bodies.map { _ in [UInt8]() }
            let streams = bodies.map { deflate($0) }
            for start in stride(from: 0, to: streams.map(\.count).max() ?? 0, by: 50) {
                for index in bodies.indices {
                    let piece = Array(streams[index].dropFirst(start).prefix(50))
                    outputs[index] += try write(piece, with: rewriters[index]).output
                }
            }
            for index in bodies.indices {
                outputs[index] += try finish(rewriters[index])
                #expect(try inflate(outputs[index]).elementsEqual(bodies[index]))
            }
        }
    }

    /// A gzip stream of so many zeros.
    private func zeros(count: Int) -> [UInt8] {
        let deflater = GzipDeflater()
        let block = [UInt8](repeating: 0, count: 1 << 20)
        var room = [UInt8](repeating: 0, count: 1 << 16)
        var stream: [UInt8] = []
        for start in stride(from: 0, to: count, by: block.count) {
            let isLast = start + block.count >= count
            unsafe block.withUnsafeBytes { bytes in
                var rest = unsafe bytes
                repeat {
                    let length = unsafe room.withUnsafeMutableBytes {
                        unsafe deflater.deflate(&rest, isLast: isLast, into: $0)
                    }
                    stream += room[..<length]
                } while unsafe !rest.isEmpty || (isLast && !deflater.isComplete)
            }
        }
        return stream
    }

    private func decoded(_ body: [UInt8], from coding: ContentCoding) throws -> [UInt8] {
        coding == .gzip ? try inflate(body) : body
    }
}

/// Lets everything pass, and holds the body against its size limit.
private final class Echo: FormatRewriter {
    private var meter: RewriteMeter
    var counts: RewriteCounts { meter.counts }

    init(_ limits: RewriteLimits = .none) {
        meter = RewriteMeter(limits)
    }

    func write(_ chunk: UnsafeRawBufferPointer, to output: inout OutputBytes) throws(RewriteError) {
        try meter.receive(bytes: chunk.count)
        unsafe output.append(chunk)
    }

    func finish(to output: inout OutputBytes) {}
}

/// Runs a whole body through `rewriter`; returns the new body and the longest output that had to be held at a time.
func rewrite(
    _ body: [UInt8], chunk: Int = .max, with rewriter: CodedRewriter
) throws -> (body: [UInt8], longest: Int) {
    var received: [UInt8] = []
    var longest = 0
    var position = 0
    while position < body.count {
        let length = min(chunk, body.count - position)
        let (output, held) = try write(Array(body[position..<position + length]), with: rewriter)
        received += output
        longest = max(longest, held)
        position += length
    }
    received += try finish(rewriter)
    return (received, longest)
}

private func write(_ chunk: [UInt8], with rewriter: CodedRewriter) throws -> (output: [UInt8], longest: Int) {
    var received: [UInt8] = []
    var longest = 0
    var output = OutputBytes()
    try unsafe chunk.withUnsafeBytes { bytes in
        var rest = unsafe bytes
        var isDone = false
        while !isDone {
            isDone = unsafe try rewriter.write(&rest, to: &output)
            longest = max(longest, output.count)
            received += output.copyArray()
            output.removeAll()
        }
    }
    return (received, longest)
}

private func finish(_ rewriter: CodedRewriter) throws -> [UInt8] {
    var output = OutputBytes()
    try rewriter.finish(to: &output)
    return output.copyArray()
}
