/// A whole body in a line format, taken apart: for tests, fuzzers and whoever compares two bodies. Not for the data path.
package struct TextDocument {
    /// One sample, its labels unescaped and as they stand.
    package struct Series: Equatable {
        /// `__name__` first.
        package var labels: [(name: String, value: String)]
        /// Value, timestamp and exemplar, as they stand.
        package var suffix: String

        package static func == (left: Series, right: Series) -> Bool {
            left.suffix == right.suffix && left.labels.elementsEqual(right.labels) { $0 == $1 }
        }
    }

    package private(set) var series: [Series] = []
    /// HELP, TYPE and UNIT lines and all other comments, as they stand.
    package private(set) var comments: [String] = []

    package init(_ body: [UInt8], _ dialect: TextDialect) throws(RewriteError) {
        let progress = TextProgress(.none)
        let bytes = body + [UInt8(ascii: "\n")]
        let records = unsafe bytes.withUnsafeBufferPointer { buffer in
            guard let base = buffer.baseAddress else { return Result<Self, RewriteError>.success(self) }
            return Result { () throws(RewriteError) -> Self in
                try unsafe Self(base, body.isEmpty ? 0 : buffer.count, dialect, progress)
            }
        }
        self = try records.get()
    }

    private init(
        _ base: UnsafePointer<UInt8>, _ end: Int, _ dialect: TextDialect, _ progress: TextProgress
    ) throws(RewriteError) {
        var lexer = SeriesLexer(dialect)
        var comment = CommentLexer(dialect)
        var start = 0
        while start < end {
            if start == end - 1, dialect == .openMetrics { break }
            var next = SeriesLexer.malformed
            switch unsafe TextRecord(base, start, dialect) {
            case .malformed: break
            case .endOfParse: return
            case .blank(let behind): next = behind
            case .comment(let hash):
                next = unsafe comment.lex(base, hash, end)
                if next > 0 { unsafe comments.append(Self.text(base, start, next - start)) }
                if next > 0, comment.endsBody { return }
            case .series(let first):
                next = unsafe lexer.lex(base, start: start, first: first, end: end)
                if let fault = lexer.record.fault { throw unsafe progress.malformed(fault, base, start, end) }
                if next > 0 { unsafe series.append(Series(lexer.record, base, next)) }
            }
            guard next > 0 else { throw unsafe progress.malformed(lexer.reason, base, start, end) }
            start = next
        }
        if dialect == .openMetrics, end > 0 { throw unsafe progress.malformed(.missingEOF, base, 0, end) }
    }

    fileprivate static func text(_ base: UnsafePointer<UInt8>, _ start: Int, _ length: Int) -> String {
        unsafe String(decoding: UnsafeBufferPointer(start: base + start, count: length), as: UTF8.self)
    }
}

extension TextDocument.Series {
    fileprivate init(_ record: borrowing SeriesRecord, _ base: UnsafePointer<UInt8>, _ next: Int) {
        labels = [("__name__", unsafe Self.unescaped(base, record.name, record.nameLength))]
        for index in 0..<record.labelCount {
            let span = unsafe record.labels[index]
            labels.append(
                (
                    unsafe Self.unescaped(base, Int(span.name), Int(span.nameLength)),
                    unsafe Self.unescaped(base, Int(span.value), Int(span.valueLength))
                ))
        }
        suffix = unsafe TextDocument.text(base, record.seriesEnd, next - record.seriesEnd - 1)
    }

    private static func unescaped(_ base: UnsafePointer<UInt8>, _ start: Int, _ length: Int) -> String {
        let raw = unsafe UnsafeBufferPointer(start: base + start, count: length)
        return String(decoding: unsafe Escaping.unescaped(raw), as: UTF8.self)
    }
}
