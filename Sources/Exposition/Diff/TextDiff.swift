/// Shows what another rewriter changes in a body of lines: `-` before a line that is gone, `+` before one that is new.
///
/// Hands the body on line by line and compares what comes out with the lines that have not come out yet. For reading, not
/// for the data path.
package final class TextDiff: FormatRewriter {
    private let inner: ExpositionRewriter
    /// Lines that went in and did not come out: held, or gone.
    private var pending: [[UInt8]] = []
    /// A line that has not ended.
    private var line: [UInt8] = []
    /// What came out behind the last line feed.
    private var rest: [UInt8] = []

    package init(of inner: ExpositionRewriter) {
        self.inner = inner
    }

    package var counts: RewriteCounts { inner.counts }

    package func write(_ chunk: UnsafeRawBufferPointer, to output: inout OutputBytes) throws(RewriteError) {
        // By position: swift-format breaks `for unsafe byte in`.
        for position in 0..<chunk.count {
            let byte = unsafe chunk[position]
            line.append(byte)
            if byte == UInt8(ascii: "\n") { try endLine(to: &output) }
        }
    }

    package func finish(to output: inout OutputBytes) throws(RewriteError) {
        if !line.isEmpty { try endLine(to: &output) }
        var rewritten = OutputBytes()
        try inner.finish(to: &rewritten)
        compare(rewritten.copyArray(), to: &output)
        if !rest.isEmpty { settle(rest, to: &output) }
        removeAllPending(to: &output)
    }

    private func endLine(to output: inout OutputBytes) throws(RewriteError) {
        pending.append(line)
        var rewritten = OutputBytes()
        defer { line.removeAll() }
        try inner.write(line, to: &rewritten)
        compare(rewritten.copyArray(), to: &output)
    }

    private func compare(_ rewritten: [UInt8], to output: inout OutputBytes) {
        for byte in rewritten {
            rest.append(byte)
            if byte == UInt8(ascii: "\n") {
                settle(rest, to: &output)
                rest.removeAll()
            }
        }
    }

    /// A line came out: it is one that went in, or what has become of the last that did.
    private func settle(_ rewritten: [UInt8], to output: inout OutputBytes) {
        if let index = pending.firstIndex(of: rewritten) {
            for line in pending[..<index] { show("-", line, in: &output) }
            pending.removeFirst(index + 1)
        } else {
            removeAllPending(to: &output)
            show("+", rewritten, in: &output)
        }
    }

    private func removeAllPending(to output: inout OutputBytes) {
        for line in pending { show("-", line, in: &output) }
        pending.removeAll()
    }

    private func show(_ sign: StaticString, _ line: [UInt8], in output: inout OutputBytes) {
        output.append(sign)
        output.append(line)
        if line.last != UInt8(ascii: "\n") { output.append("\n") }
    }
}
