/// Rewrites one answer, bytes in and bytes out, in whatever pieces it arrives (spec 7).
///
/// One object per scrape; it belongs to whoever drives the scrape and is not shared. Memory is bounded by the longest
/// sample (`sample_length`) and what collision detection keeps (spec 7.8); it does not grow with the body otherwise.
package final class ExpositionRewriter {
    private let engine: any FormatRewriter
    private var failure: RewriteError?

    package init(_ engine: any FormatRewriter) {
        self.engine = engine
    }

    package var counts: RewriteCounts { engine.counts }

    /// Takes the next piece of the decompressed body and appends what can be said of it to `output`.
    ///
    /// Once it has thrown, it throws the same again.
    package func write(_ chunk: UnsafeRawBufferPointer, to output: inout OutputBytes) throws(RewriteError) {
        if let failure { throw failure }
        do throws(RewriteError) {
            unsafe try engine.write(chunk, to: &output)
        } catch {
            failure = error
            throw error
        }
    }

    package func write(_ chunk: RawSpan, to output: inout OutputBytes) throws(RewriteError) {
        try unsafe chunk.withUnsafeBytes { (bytes: UnsafeRawBufferPointer) throws(RewriteError) -> Void in
            try unsafe write(bytes, to: &output)
        }
    }

    package func write(_ chunk: [UInt8], to output: inout OutputBytes) throws(RewriteError) {
        try unsafe write(chunk.span.bytes, to: &output)
    }

    /// The body has ended as its framing says: appends what was held back, or throws if the body is incomplete.
    package func finish(to output: inout OutputBytes) throws(RewriteError) {
        if let failure { throw failure }
        do throws(RewriteError) {
            try engine.finish(to: &output)
        } catch {
            failure = error
            throw error
        }
    }
}

/// One format's way to rewrite. `write` may be called with pieces of any size, `finish` once.
package protocol FormatRewriter: AnyObject {
    var counts: RewriteCounts { get }
    func write(_ chunk: UnsafeRawBufferPointer, to output: inout OutputBytes) throws(RewriteError)
    func finish(to output: inout OutputBytes) throws(RewriteError)
}
