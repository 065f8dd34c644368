/// The fast path (spec 7.4): adds constant labels and copies all else in runs, without building label sets.
final class StampingPass: TextPass {
    private var lexer: SeriesLexer
    private var comments: CommentLexer
    private let stamps: StampLabels

    init(_ dialect: TextDialect, _ stamps: StampLabels) {
        lexer = SeriesLexer(dialect)
        comments = CommentLexer(dialect)
        self.stamps = stamps
    }

    var endsWithLastRecord: Bool { true }

    func release(_ progress: inout TextProgress, to output: inout OutputBytes) {}

    func finish(_ progress: inout TextProgress, to output: inout OutputBytes) {}

    func rewrite(
        _ base: UnsafePointer<UInt8>, _ end: Int, _ progress: inout TextProgress, to output: inout OutputBytes
    ) throws(RewriteError) -> Int {
        // Begins behind what was copied last.
        var run = 0
        var start = 0
        defer { unsafe output.append(UnsafeRawBufferPointer(start: base + run, count: start - run)) }
        while start < end {
            var first = start
            if unsafe !ByteScan.isNameStart(base[start], colons: true) {
                switch unsafe TextRecord(base, start, lexer.dialect) {
                case .series(let offset): first = offset
                case .blank(let next):
                    progress.line += 1
                    start = next
                    continue
                case .comment(let hash):
                    let next = unsafe comments.lex(base, hash, end)
                    if next == SeriesLexer.incomplete { return start }
                    if next < 0 { throw unsafe progress.malformed(comments.reason, base, start, end) }
                    progress.line += 1 + comments.extraLines
                    start = next
                    if comments.endsBody {
                        progress.hasEnded = true
                        return start
                    }
                    continue
                case .endOfParse:
                    progress.hasEnded = true
                    return start
                case .malformed: throw unsafe progress.malformed(.expectedStart, base, start, end)
                }
            }
            let next = unsafe lexer.lex(base, start: start, first: first, end: end)
            if next < 0 {
                if next == SeriesLexer.incomplete { return start }
                throw unsafe progress.malformed(lexer.reason, base, start, end)
            }
            if next - start > progress.sampleLength { try check(length: next - start - 1, progress) }
            try progress.meter.check(
                labels: 1 + lexer.record.labelCount - lexer.record.emptyLabels + stamps.labels.count)
            try progress.meter.pass()
            if !stamps.isEmpty {
                let place = lexer.record.stampOffset
                unsafe output.append(UnsafeRawBufferPointer(start: base + run, count: place - run))
                stamps.append(at: lexer.record.stampPlace, to: &output)
                run = place
            }
            progress.line += 1 + lexer.record.extraLines
            start = next
        }
        return start
    }

    private func check(length: Int, _ progress: TextProgress) throws(RewriteError) {
        if length > progress.sampleLength { throw progress.tooLong(length) }
    }
}
