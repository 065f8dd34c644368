/// Rewrites a body as it is coded on the wire: inflates it where it comes in gzip, rewrites it, and deflates it where it
/// is to leave in gzip.
///
/// One for each scrape. Works in pieces of bounded size, so that neither a body nor what a small chunk of it inflates to
/// is ever held whole, and a decompression bomb meets `body_size_limit` within a piece. Once it has thrown, it is spent:
/// what it appended before is the beginning of a body and must not be made to look like a whole one.
package final class CodedRewriter {
    /// `write` stops, for its caller to send what there is, once the output has come to so many bytes.
    package static let fullOutput = 65_536
    /// It stops as well, for its caller to do other work, once it has inflated so many bytes: rules may leave none of them.
    static let enoughWork = 1 << 20
    /// Bytes without compression that are rewritten at a time: the output may exceed `fullOutput` by what comes of one piece.
    private static let plainPiece = 65_536

    private let rewriter: ExpositionRewriter
    private let pool: GzipPool
    private let inflater: GzipInflater?
    private let deflater: GzipDeflater?
    /// Whether the inflater filled the last piece, and may have output waiting inside though its input is used up.
    private var filledPiece = false

    package init(
        _ rewriter: ExpositionRewriter, from source: ContentCoding, to destination: ContentCoding, pool: GzipPool
    ) {
        self.rewriter = rewriter
        self.pool = pool
        inflater = source == .gzip ? pool.takeInflater() : nil
        deflater = destination == .gzip ? pool.takeDeflater() : nil
    }

    deinit {
        if let inflater { pool.giveBack(inflater) }
        if let deflater { pool.giveBack(deflater) }
    }

    package var counts: RewriteCounts { rewriter.counts }

    /// Takes bytes from the front of `chunk` and appends what comes of them to `output`.
    ///
    /// - Returns: true when the chunk has been dealt with; false when there is more to do: send `output` and empty it, if
    ///   it is worth it, and call again with what is left of `chunk` (which can be no byte at all).
    package func write(
        _ chunk: inout UnsafeRawBufferPointer, to output: inout OutputBytes
    ) throws(CodedRewriteError) -> Bool {
        let start = rewriter.counts.bytesIn
        while unsafe !chunk.isEmpty || filledPiece {
            let isEnough = rewriter.counts.bytesIn - start >= Self.enoughWork
            guard output.count < Self.fullOutput, !isEnough else { return false }
            if let inflater {
                unsafe try inflatePiece(of: &chunk, with: inflater, to: &output)
            } else {
                let piece = unsafe UnsafeRawBufferPointer(rebasing: chunk.prefix(Self.plainPiece))
                unsafe chunk = unsafe UnsafeRawBufferPointer(rebasing: chunk.dropFirst(piece.count))
                unsafe try rewrite(piece, to: &output)
            }
        }
        return true
    }

    /// The body has ended as its framing says: appends the rest, which is of bounded size, or throws if it ended early.
    package func finish(to output: inout OutputBytes) throws(CodedRewriteError) {
        do throws(GzipError) {
            try inflater?.finish()
        } catch {
            throw .gzip(error)
        }
        do throws(RewriteError) {
            if let deflater {
                pool.rewritten.removeAll()
                try rewriter.finish(to: &pool.rewritten)
                deflateRewritten(isLast: true, with: deflater, to: &output)
            } else {
                try rewriter.finish(to: &output)
            }
        } catch {
            throw .exposition(error)
        }
    }

    private func inflatePiece(
        of chunk: inout UnsafeRawBufferPointer, with inflater: GzipInflater, to output: inout OutputBytes
    ) throws(CodedRewriteError) {
        let piece = unsafe pool.inflated
        let length: Int
        do throws(GzipError) {
            length = unsafe try inflater.inflate(&chunk, into: piece)
        } catch {
            throw .gzip(error)
        }
        filledPiece = length == piece.count
        unsafe try rewrite(UnsafeRawBufferPointer(rebasing: piece.prefix(length)), to: &output)
    }

    private func rewrite(
        _ piece: UnsafeRawBufferPointer, to output: inout OutputBytes
    ) throws(CodedRewriteError) {
        do throws(RewriteError) {
            if let deflater {
                pool.rewritten.removeAll()
                unsafe try rewriter.write(piece, to: &pool.rewritten)
                deflateRewritten(isLast: false, with: deflater, to: &output)
            } else {
                unsafe try rewriter.write(piece, to: &output)
            }
        } catch {
            throw .exposition(error)
        }
    }

    private func deflateRewritten(isLast: Bool, with deflater: GzipDeflater, to output: inout OutputBytes) {
        unsafe pool.rewritten.withUnsafeBytes { rewritten in
            var rest = unsafe rewritten
            while unsafe !rest.isEmpty || (isLast && !deflater.isComplete) {
                output.reserve(GzipPool.pieceLength / 4)
                let room = unsafe UnsafeMutableRawBufferPointer(
                    start: output.end, count: output.capacity - output.count)
                let length = unsafe deflater.deflate(&rest, isLast: isLast, into: room)
                output.advance(by: length)
            }
        }
    }
}
