/// Shows what another rewriter changes in a protobuf body: `-` before a metric as it was, `+` before it as it is, each as a
/// line that begins as in the text format and says which kind of metric it is.
///
/// Hands the body on metric by metric, each as a family of its own. For reading, not for the data path.
package final class ProtobufDiff: FormatRewriter {
    private let inner: ExpositionRewriter
    private var body: [UInt8] = []

    package init(of inner: ExpositionRewriter) {
        self.inner = inner
    }

    package var counts: RewriteCounts { inner.counts }

    package func write(_ chunk: UnsafeRawBufferPointer, to output: inout OutputBytes) {
        unsafe body.append(contentsOf: chunk)
    }

    package func finish(to output: inout OutputBytes) throws(RewriteError) {
        var position = 0
        for family in ProtobufListing.families(in: body) {
            for metric in family.alone {
                var rewritten = OutputBytes()
                try inner.write(metric, to: &rewritten)
                let after = rewritten.copyArray()
                if after != metric { show(metric, after, in: &output) }
            }
            position = family.end
        }
        // What is malformed, or nothing: the rewriter says so.
        var rest = OutputBytes()
        try inner.write(Array(body[position...]), to: &rest)
        try inner.finish(to: &rest)
    }

    private func show(_ before: [UInt8], _ after: [UInt8], in output: inout OutputBytes) {
        for (sign, message) in [("-", before), ("+", after)] {
            for line in ProtobufListing.families(in: message).flatMap(\.lines) {
                output.append(Array((sign + line + "\n").utf8))
            }
        }
    }
}
