/// Rewrites the line formats in pieces: cuts the input into whole records for a ``TextPass`` and keeps the rest.
///
/// Lines are no records: a quoted value may hold line feeds. What a pass can't finish waits for more input, at most
/// `sample_length` bytes of it; a longer comment passes in pieces.
final class TextRewriter: FormatRewriter {
    private let dialect: TextDialect
    private var pass: TextPass
    private var progress: TextProgress
    /// The beginning of a record whose end has not arrived.
    private var carry = OutputBytes()
    /// Behind the last line feed in `carry`; where it stood at the last try.
    private var carryEnd = 0
    private var triedEnd = 0
    /// The size that `carry` must reach before another try, so that line feeds in a value can't make it quadratic.
    private var nextTry = 0
    private var longComment: LongComment?
    /// How much of a comment is waited for where `sample_length` says nothing.
    private static let longestComment = 1 << 20

    init(_ dialect: TextDialect, _ plan: RewritePlan) {
        self.dialect = dialect
        pass = TextPass(dialect, plan)
        progress = TextProgress(plan.limits)
    }

    var counts: RewriteCounts { progress.meter.counts }

    func write(_ chunk: UnsafeRawBufferPointer, to output: inout OutputBytes) throws(RewriteError) {
        guard let base = chunk.baseAddress else { return }
        try progress.meter.receive(bytes: chunk.count)
        let before = output.count
        defer { progress.meter.emit(bytes: output.count - before) }
        let bytes = unsafe base.assumingMemoryBound(to: UInt8.self)
        unsafe try take(UnsafeBufferPointer(start: bytes, count: chunk.count), to: &output)
    }

    func finish(to output: inout OutputBytes) throws(RewriteError) {
        let before = output.count
        defer { progress.meter.emit(bytes: output.count - before) }
        if let longComment { try finish(longComment) }
        let endsInLineFeed = carry.isEmpty ? true : try finishCarry(to: &output)
        // A body of no bytes is complete in every format (spec 7.5).
        if dialect == .openMetrics, !progress.hasEnded, counts.bytesIn > 0 {
            throw unsafe progress.malformed(.missingEOF, carry.base, 0, carry.count)
        }
        pass.finish(to: &output)
        if !endsInLineFeed, pass.endsWithLastRecord { output.removeLast() }
    }

    /// Text needs no line feed at the end: Prometheus adds one before it parses.
    ///
    /// - Returns: false where the line feed that was added must not leave.
    private func finishCarry(to output: inout OutputBytes) throws(RewriteError) -> Bool {
        let length = carry.count
        carry.append(UInt8(ascii: "\n"))
        let consumed = unsafe try pass.rewrite(carry.base, length + 1, &progress, to: &output)
        if consumed == length + 1 { return false }
        guard progress.hasEnded else {
            throw unsafe progress.malformed(.unterminatedString, carry.base, consumed, length)
        }
        if consumed < length {
            let tail = unsafe UnsafeBufferPointer(start: carry.base + consumed, count: length - consumed)
            unsafe try passTail(tail, to: &output)
        }
        return true
    }
}

// MARK: - Pieces

extension TextRewriter {
    private func take(_ chunk: UnsafeBufferPointer<UInt8>, to output: inout OutputBytes) throws(RewriteError) {
        var rest = unsafe chunk
        while !rest.isEmpty {
            if progress.hasEnded {
                return unsafe try passTail(rest, to: &output)
            } else if longComment != nil {
                unsafe try passComment(&rest, to: &output)
            } else if carry.isEmpty {
                unsafe try rewriteInPlace(&rest, to: &output)
            } else {
                unsafe try fillCarry(&rest, to: &output)
            }
        }
    }

    /// What follows the end: nothing may in OpenMetrics; Prometheus never looks at it in text.
    private func passTail(
        _ rest: UnsafeBufferPointer<UInt8>, to output: inout OutputBytes
    ) throws(RewriteError) {
        guard dialect == .prometheus else {
            throw unsafe progress.malformed(.dataAfterEOF, rest.baseAddress ?? UnsafePointer(carry.base), 0, rest.count)
        }
        pass.release(to: &output)
        unsafe output.append(UnsafeRawBufferPointer(rest))
    }

    private func rewriteInPlace(
        _ rest: inout UnsafeBufferPointer<UInt8>, to output: inout OutputBytes
    ) throws(RewriteError) {
        guard let base = rest.baseAddress else { return }
        // Offsets are kept in 32 bits.
        let piece = min(rest.count, 1 << 30)
        let end = unsafe ByteScan.afterLast(UInt8(ascii: "\n"), base, piece)
        let consumed = end > 0 ? unsafe try pass.rewrite(base, end, &progress, to: &output) : 0
        if progress.hasEnded {
            unsafe rest = UnsafeBufferPointer(rebasing: rest[consumed...])
            return
        }
        unsafe carry.append(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(rest)[consumed..<piece]))
        unsafe rest = UnsafeBufferPointer(rebasing: rest[piece...])
        carryEnd = end - consumed
        try endTry(to: &output)
    }

    /// Moves input to the carry up to a line feed, and tries again.
    private func fillCarry(
        _ rest: inout UnsafeBufferPointer<UInt8>, to output: inout OutputBytes
    ) throws(RewriteError) {
        guard let base = rest.baseAddress else { return }
        let atLeast = min(max(nextTry - carry.count - 1, 0), rest.count)
        let lineFeed = unsafe ByteScan.first(UInt8(ascii: "\n"), base, atLeast, rest.count)
        let length = min(lineFeed + 1, rest.count)
        let behindLast = unsafe ByteScan.afterLast(UInt8(ascii: "\n"), base, length)
        if behindLast > 0 { carryEnd = carry.count + behindLast }
        unsafe carry.append(UnsafeRawBufferPointer(start: base, count: length))
        unsafe rest = UnsafeBufferPointer(rebasing: rest[length...])
        guard carryEnd > triedEnd, carry.count >= nextTry || carry.count > progress.sampleLength else {
            return try checkLength(to: &output)
        }
        let consumed = unsafe try pass.rewrite(carry.base, carryEnd, &progress, to: &output)
        carry.removeFirst(consumed)
        carryEnd -= consumed
        if progress.hasEnded { return try passCarryAsTail(to: &output) }
        try endTry(to: &output)
    }

    /// What the end left in the carry goes the way of all that follows it.
    private func passCarryAsTail(to output: inout OutputBytes) throws(RewriteError) {
        if carry.isEmpty { return }
        unsafe try passTail(UnsafeBufferPointer(start: carry.base, count: carry.count), to: &output)
        carry.removeAll()
    }

    /// Sets when to try again.
    private func endTry(to output: inout OutputBytes) throws(RewriteError) {
        triedEnd = carryEnd
        nextTry = carryEnd > 0 ? carry.count + carry.count / 2 : 0
        try checkLength(to: &output)
    }

    /// Refuses what is too long.
    private func checkLength(to output: inout OutputBytes) throws(RewriteError) {
        guard carry.count > min(progress.sampleLength, Self.longestComment) else { return }
        let isComment = unsafe LongComment.begins(carry.base, carry.count, dialect)
        if isComment, carryEnd == 0 { return try startLongComment(to: &output) }
        if carry.count > progress.sampleLength { throw progress.tooLong(carry.count) }
    }
}

// MARK: - Long comments

extension TextRewriter {
    private func startLongComment(to output: inout OutputBytes) throws(RewriteError) {
        let comment = unsafe LongComment(carry.base, carry.count, dialect, sampleLength: progress.sampleLength)
        guard let comment else {
            throw progress.tooLong(carry.count)
        }
        pass.release(to: &output)
        unsafe output.append(UnsafeRawBufferPointer(start: carry.base, count: carry.count))
        carry.removeAll()
        longComment = comment
    }

    private func passComment(
        _ rest: inout UnsafeBufferPointer<UInt8>, to output: inout OutputBytes
    ) throws(RewriteError) {
        guard let base = rest.baseAddress else { return }
        let lineFeed = unsafe ByteScan.first(UInt8(ascii: "\n"), base, 0, rest.count)
        let length = min(lineFeed + 1, rest.count)
        unsafe longComment?.take(base, 0..<lineFeed)
        if lineFeed < length, let comment = longComment { try finish(comment) }
        unsafe output.append(UnsafeRawBufferPointer(start: base, count: length))
        unsafe rest = UnsafeBufferPointer(rebasing: rest[length...])
    }

    private func finish(_ comment: LongComment) throws(RewriteError) {
        guard comment.isValid else {
            throw .malformed(
                at: .line(progress.line), excerpt: comment.excerpt, reason: MalformedReason.invalidHelp.rawValue)
        }
        longComment = nil
        progress.line += 1
    }
}
