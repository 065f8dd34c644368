import Relabeling

/// Rewrites whole records of a line format.
///
/// Three lanes, the quickest that will do for each series: dropped for its name alone; constant labels put in and all
/// else copied in runs (the stamp lane, spec 7.4); label set built, relabeled, and written anew if it changed.
struct TextPass: ~Copyable {
    private let stamps: StampLabels
    private let traits: RelabelTraits
    /// Series without the labels of interest need no label set.
    private let hasStampLane: Bool
    private let tracksNames: Bool
    private let findsCollisions: Bool

    private var lexer: SeriesLexer
    private var comments: CommentLexer
    private var reader = LabelSetReader()
    private var labels: Labels
    private var gate: MetadataGate
    private var name = MetricNameState()
    private var collisions = CollisionTable()
    private let fingerprints: StampFingerprints
    private var lastRecord = LastRecord.left

    private enum LastRecord {
        case left, gone, held
    }

    private enum SeriesFate {
        case unchanged, changed, gone
    }

    init(_ dialect: TextDialect, _ plan: RewritePlan) {
        let traits = plan.relabeler.traits
        let canRemove = traits.canDrop || traits.canRename
        stamps = plan.stamps
        self.traits = traits
        hasStampLane = plan.hasStampLane
        findsCollisions = traits.merging != .never
        tracksNames = canRemove
        lexer = SeriesLexer(dialect)
        comments = CommentLexer(dialect)
        labels = Labels(plan.relabeler)
        fingerprints = StampFingerprints(plan, labels.hasher)
        gate = MetadataGate(isEnabled: canRemove)
    }

    /// After ``finish(to:)``: the last record of the body is the last that left, be it as it was or changed.
    private(set) var endsWithLastRecord = true

    /// Appends all that was held back: what comes next passes as it is.
    mutating func release(to output: inout OutputBytes) {
        gate.settle(to: &output)
        lastRecord = .left
    }

    /// The body is complete: settles what was held back.
    mutating func finish(to output: inout OutputBytes) {
        let lastLineStays = gate.settle(to: &output)
        endsWithLastRecord = lastRecord == .left || lastRecord == .held && lastLineStays
    }

    /// Rewrites the records in `base[0 ..< end]`, where the last byte is a line feed, and appends them to `output`.
    ///
    /// - Returns: the offset of the record that `end` cuts, or `end`. Sets ``TextProgress/hasEnded`` where it meets the
    ///   body's end, and then returns the offset behind it.
    mutating func rewrite(
        _ base: UnsafePointer<UInt8>, _ end: Int, _ progress: inout TextProgress, to output: inout OutputBytes
    ) throws(RewriteError) -> Int {
        // Begins behind what was copied last: bytes that leave as they are do so in runs.
        var run = 0
        var start = 0
        defer { unsafe copy(base, run..<start, to: &output) }
        while start < end {
            var first = start
            if unsafe !ByteScan.isNameStart(base[start], colons: true) {
                switch unsafe TextRecord(base, start, lexer.dialect) {
                case .series(let offset): first = offset
                case .blank(let next):
                    try check(length: next - start - 1, progress)
                    progress.line += 1
                    start = next
                    lastRecord = .left
                    continue
                case .comment(let hash):
                    let next = unsafe comments.lex(base, hash, end)
                    if next == SeriesLexer.incomplete { return start }
                    if next < 0 { throw unsafe progress.malformed(comments.reason, base, start, end) }
                    if next - start > progress.sampleLength,
                        unsafe !comments.canBeLonger(than: progress.sampleLength, base, start)
                    {
                        try check(length: next - start - 1, progress)
                    }
                    progress.line += 1 + comments.extraLines
                    unsafe takeComment(base, start..<next, &run, to: &output)
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
            if tracksNames { unsafe takeName(base) }
            if hasStampLane, !stamps.concern(lexer.record), !name.isDropped {
                if let fault = lexer.record.fault { throw unsafe progress.malformed(fault, base, start, end) }
                if fingerprints.areNeeded, unsafe collides(base, &progress) {
                    unsafe remove(base, start..<next, &run, to: &output)
                } else {
                    try stamp(&progress)
                    if tracksNames { note(.survived, to: &output) }
                    if !stamps.isEmpty {
                        let place = lexer.record.stampOffset
                        unsafe copy(base, run..<place, to: &output)
                        appendStamps(to: &output)
                        run = place
                    }
                    lastRecord = .left
                }
            } else {
                switch try unsafe relabel(base, start..<next, &progress) {
                case .unchanged:
                    if tracksNames { note(.survived, to: &output) }
                    lastRecord = .left
                case .gone:
                    unsafe remove(base, start..<next, &run, to: &output)
                case .changed:
                    unsafe copy(base, run..<start, to: &output)
                    run = next
                    if tracksNames { note(labels[0].origin == 0 ? .survived : .removed, to: &output) }
                    unsafe write(base, next, to: &output)
                    lastRecord = .left
                }
            }
            progress.line += 1 + lexer.record.extraLines
            start = next
        }
        return start
    }
}

// MARK: - Comments

extension TextPass {
    private mutating func takeComment(
        _ base: UnsafePointer<UInt8>, _ line: Range<Int>, _ run: inout Int, to output: inout OutputBytes
    ) {
        lastRecord = .left
        var family = 0..<0
        var type: MetricType?
        switch comments.line {
        case .help(let name), .unit(let name): family = name
        case .type(let name, let metricType):
            family = name
            type = metricType
            reader.type(metricType)
        case .comment, .endOfBody, .endOfParse: return
        }
        guard gate.isEnabled else { return }
        unsafe copy(base, run..<line.lowerBound, to: &output)
        run = line.upperBound
        let isHeld = unsafe gate.hold(
            UnsafeRawBufferPointer(start: base + line.lowerBound, count: line.count),
            family: UnsafeBufferPointer(start: base + family.lowerBound, count: family.count), type: type, to: &output)
        if isHeld { lastRecord = .held }
    }
}

// MARK: - Series

extension TextPass {
    @inline(__always)
    private mutating func takeName(_ base: UnsafePointer<UInt8>) {
        let start = unsafe base + lexer.record.name
        if unsafe !name.is(start, lexer.record.nameLength) { unsafe changeName(start) }
    }

    @inline(never)
    private mutating func changeName(_ start: UnsafePointer<UInt8>) {
        let length = lexer.record.nameLength
        var isDropped = false
        if traits.dropsByName {
            let raw = unsafe UnsafeBufferPointer(start: start, count: length)
            let unescaped = unsafe lexer.record.isNameEscaped ? Escaping.unescaped(raw) : []
            isDropped = unsafe unescaped.withUnsafeBufferPointer { buffer in
                unsafe labels.relabeler.dropsSeries(named: ByteRun(unescaped.isEmpty ? raw : buffer))
            }
        }
        unsafe name.become(start, length, hash: gate.hash(start, length), isDropped: isDropped)
    }

    @inline(__always)
    private mutating func note(_ fate: SeriesNames.Fate, to output: inout OutputBytes) {
        guard !name.noted.contains(fate) else { return }
        name.noted.insert(fate)
        gate.note(fate, name.hash, to: &output)
    }

    /// Whether stamps make the series equal to an earlier one. Not inlined: most plans need no fingerprints here.
    @inline(never)
    private mutating func collides(_ base: UnsafePointer<UInt8>, _ progress: inout TextProgress) -> Bool {
        let input = unsafe reader.fingerprint(lexer.record, base, fingerprints)
        return isLost(collisions.admitStamped(input, adding: fingerprints.added), &progress)
    }

    @inline(__always)
    private func stamp(_ progress: inout TextProgress) throws(RewriteError) {
        try progress.meter.check(
            labels: 1 + lexer.record.labelCount - lexer.record.emptyLabels + stamps.labels.count)
        try progress.meter.pass()
    }

    private func check(length: Int, _ progress: TextProgress) throws(RewriteError) {
        if length > progress.sampleLength { throw progress.tooLong(length) }
    }

    @inline(__always)
    private mutating func relabel(
        _ base: UnsafePointer<UInt8>, _ line: Range<Int>, _ progress: inout TextProgress
    ) throws(RewriteError) -> SeriesFate {
        if name.isDropped {
            progress.meter.dropByRule()
            return .gone
        }
        unsafe reader.read(lexer.record, base, into: &labels)
        let outcome = labels.relabel()
        switch outcome {
        case .dropped, .leftWithoutLabels:
            progress.meter.dropByRule()
            return .gone
        case .leftWithoutName:
            throw unsafe progress.malformed(.relabeledNameMissing, base, line.lowerBound, line.upperBound)
        case .unchanged, .changed: break
        }
        if let fault = lexer.record.fault {
            throw unsafe progress.malformed(fault, base, line.lowerBound, line.upperBound)
        }
        if findsCollisions {
            let admission = collisions.admit(input: labels.inputFingerprint, output: labels.fingerprint())
            if isLost(admission, &progress) { return .gone }
        }
        if progress.meter.limits.labels > 0 { try progress.meter.check(labels: labels.presentCount) }
        try progress.meter.pass()
        return outcome == .changed ? .changed : .unchanged
    }

    @inline(__always)
    private func isLost(_ admission: CollisionTable.Admission, _ progress: inout TextProgress) -> Bool {
        switch admission {
        case .first, .repeated: return false
        case .collision: progress.meter.dropCollision()
        case .repeatedCollision: progress.meter.dropRepeat()
        }
        return true
    }
}

// MARK: - Output

extension TextPass {
    private mutating func remove(
        _ base: UnsafePointer<UInt8>, _ line: Range<Int>, _ run: inout Int, to output: inout OutputBytes
    ) {
        unsafe copy(base, run..<line.lowerBound, to: &output)
        run = line.upperBound
        note(.removed, to: &output)
        lastRecord = .gone
    }

    @inline(__always)
    private mutating func copy(_ base: UnsafePointer<UInt8>, _ range: Range<Int>, to output: inout OutputBytes) {
        unsafe gate.append(UnsafeRawBufferPointer(start: base + range.lowerBound, count: range.count), to: &output)
    }

    @inline(__always)
    private mutating func appendStamps(to output: inout OutputBytes) {
        if gate.isHolding {
            stamps.append(at: lexer.record.stampPlace, to: &gate.held)
        } else {
            stamps.append(at: lexer.record.stampPlace, to: &output)
        }
    }

    @inline(__always)
    private mutating func write(_ base: UnsafePointer<UInt8>, _ next: Int, to output: inout OutputBytes) {
        if gate.isHolding {
            unsafe SeriesWriter.append(labels, lexer.record, base, next: next, to: &gate.held)
        } else {
            unsafe SeriesWriter.append(labels, lexer.record, base, next: next, to: &output)
        }
    }
}
