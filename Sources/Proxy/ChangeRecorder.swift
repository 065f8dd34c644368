import Exposition

/// Keeps the lines that rewriting changes in one answer, by rewriting it once more: for people, not for the data path.
final class ChangeRecorder {
    private(set) var lines: [UInt8] = []
    private var diff: CodedRewriter?
    private var output = OutputBytes()
    private static let limit = 64 << 20

    func begin(_ plan: RewritePlan, _ format: ExpositionFormat, from coding: ContentCoding, pool: GzipPool) {
        let engine =
            format == .protobuf
            ? ExpositionRewriter(ProtobufDiff(of: plan.protobufRewriter()))
            : ExpositionRewriter(TextDiff(of: plan.rewriter(for: format)))
        diff = CodedRewriter(engine, from: coding, to: .identity, pool: pool)
    }

    /// Some bytes of the body, without framing. What fails here fails the scrape as well, which then says so.
    func take(_ bytes: UnsafeRawBufferPointer) {
        guard let diff else { return }
        var rest = unsafe bytes
        do throws(CodedRewriteError) {
            while try unsafe !diff.write(&rest, to: &output) { collect() }
            collect()
        } catch { self.diff = nil }
    }

    func end() {
        do throws(CodedRewriteError) {
            try diff?.finish(to: &output)
            collect()
        } catch {}
        diff = nil
    }

    private func collect() {
        if lines.count < Self.limit { lines += output.copyArray() }
        output.removeAll()
    }
}
