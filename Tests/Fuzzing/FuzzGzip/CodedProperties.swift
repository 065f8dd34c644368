import Exposition
import Fuzzing

/// A body that comes in gzip leaves as what it inflates to, in bounded memory.
enum CodedProperties {
    static func check(_ stream: [UInt8], _ inflated: Inflated) {
        let pool = GzipPool()
        for destination in [ContentCoding.identity, .gzip] {
            for cuts in [[]] + Cuts.some(of: stream).prefix(2) {
                let rewriter = CodedRewriter(
                    ExpositionRewriter(Echo(bodySize: Inflated.limit)), from: .gzip, to: destination, pool: pool)
                check(stream, cuts, rewriter, destination, inflated)
            }
        }
    }

    private static func check(
        _ stream: [UInt8], _ cuts: [Int], _ rewriter: CodedRewriter, _ destination: ContentCoding, _ inflated: Inflated
    ) {
        var received: [UInt8] = []
        do throws(CodedRewriteError) {
            for piece in stream.pieces(cutAt: cuts) { try write(Array(piece), rewriter, &received) }
            var output = OutputBytes()
            try rewriter.finish(to: &output)
            received += output.copyArray()
        } catch {
            let isExpected = error == .gzip(inflated.error ?? .truncated) || inflated.isCut && error.limit == .bodySize
            require(isExpected, "\(error), but \(inflated.error as Any)")
            return
        }
        require(inflated.error == nil && !inflated.isCut, "complete, but \(inflated.error as Any)")
        if destination == .gzip {
            let again = Inflated(received, with: GzipInflater())
            require(again.error == nil, "leaves as no gzip: \(again.error as Any)")
            received = again.content
        }
        require(received == inflated.content, "another body")
    }

    private static func write(
        _ piece: [UInt8], _ rewriter: CodedRewriter, _ received: inout [UInt8]
    ) throws(CodedRewriteError) {
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: piece.count, alignment: 1)
        defer { unsafe memory.deallocate() }
        unsafe memory.copyBytes(from: piece)
        var rest = UnsafeRawBufferPointer(memory)
        var output = OutputBytes()
        var isDone = false
        while !isDone {
            isDone = unsafe try rewriter.write(&rest, to: &output)
            require(output.count <= 2 * CodedRewriter.fullOutput, "\(output.count) bytes are held")
            received += output.copyArray()
            output.removeAll()
        }
    }
}

/// Lets everything pass, up to a limit.
private final class Echo: FormatRewriter {
    private var meter: RewriteMeter
    var counts: RewriteCounts { meter.counts }

    init(bodySize: Int) { meter = RewriteMeter(RewriteLimits(bodySize: bodySize)) }

    func write(_ chunk: UnsafeRawBufferPointer, to output: inout OutputBytes) throws(RewriteError) {
        try meter.receive(bytes: chunk.count)
        unsafe output.append(chunk)
    }

    func finish(to output: inout OutputBytes) {}
}
