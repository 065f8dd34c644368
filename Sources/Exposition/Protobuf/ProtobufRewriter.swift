import Relabeling

/// Rewrites delimited `io.prometheus.client.MetricFamily` messages: only label pairs change, all other bytes stay as they
/// are and in their order (spec 7.5).
///
/// A family's length stands before it, so a family is held until it is whole; one that is longer than `longestFamily`
/// leaves in parts, each a message with the name, help and type said again, which Prometheus reads as the same family.
final class ProtobufRewriter: FormatRewriter {
    /// Bytes of a family that are held at most, and with them the memory of a scrape.
    static let longestFamily = 1 << 20
    /// A length of a family has no more bytes (Prometheus' decoder).
    private static let longestLength = 5

    private let longestFamily: Int
    private let sampleLength: Int
    private var meter: RewriteMeter
    private var pass: ProtobufPass
    /// What has arrived and was not rewritten yet.
    private var input = OutputBytes()
    /// Where in the body the input begins.
    private var inputOffset = 0
    /// Where in the body the family begins that is being read.
    private var familyOffset = 0
    /// Bytes that are still to come of a family that leaves in parts.
    private var remaining: Int?

    init(_ plan: RewritePlan, longestFamily: Int = ProtobufRewriter.longestFamily) {
        self.longestFamily = longestFamily
        sampleLength = plan.limits.sampleLength > 0 ? plan.limits.sampleLength : .max
        meter = RewriteMeter(plan.limits)
        pass = ProtobufPass(plan, sampleLength: sampleLength)
    }

    var counts: RewriteCounts { meter.counts }

    func write(_ chunk: UnsafeRawBufferPointer, to output: inout OutputBytes) throws(RewriteError) {
        try meter.receive(bytes: chunk.count)
        unsafe input.append(chunk)
        let before = output.count
        var consumed = 0
        defer {
            input.removeFirst(consumed)
            inputOffset += consumed
            meter.emit(bytes: output.count - before)
        }
        while consumed < input.count {
            let taken =
                if let remaining {
                    try takePart(from: consumed, of: remaining, to: &output)
                } else {
                    try takeFamily(from: consumed, to: &output)
                }
            if taken == 0 { return }
            consumed += taken
        }
    }

    func finish(to output: inout OutputBytes) throws(RewriteError) {
        guard input.isEmpty, remaining == nil else { throw rewriteError(.truncated, at: 0) }
    }

    /// Rewrites the family that begins at `start` of the input; returns its length, or 0 if more must arrive first.
    private func takeFamily(from start: Int, to output: inout OutputBytes) throws(RewriteError) -> Int {
        familyOffset = inputOffset + start
        guard let (length, lengthBytes) = try readLength(at: start) else { return 0 }
        let content = start + lengthBytes
        pass.beginFamily()
        guard length <= input.count - content else {
            guard length > longestFamily else { return 0 }
            remaining = length
            return lengthBytes
        }
        let mark = output.count
        do throws(ProtobufError) {
            unsafe try pass.rewrite(input.base, start..<content + length, content: content, &meter, to: &output)
        } catch {
            output.truncate(to: mark)
            throw rewriteError(error, at: start)
        }
        return lengthBytes + length
    }

    /// Rewrites the whole fields that have arrived of a long family; returns their length.
    private func takePart(from start: Int, of remaining: Int, to output: inout OutputBytes) throws(RewriteError) -> Int
    {
        let available = min(remaining, input.count - start)
        guard available == remaining || available >= longestFamily else { return 0 }
        let mark = output.count
        do throws(ProtobufError) {
            let length = unsafe try ProtobufPass.wholeFields(
                input.base, start..<start + available, isLast: available == remaining)
            if length == 0 {
                guard available <= sampleLength else { throw .sampleTooLong(available) }
                return 0
            }
            unsafe try pass.rewritePart(input.base, start..<start + length, &meter, to: &output)
            self.remaining = length == remaining ? nil : remaining - length
            return length
        } catch {
            output.truncate(to: mark)
            throw rewriteError(error, at: start)
        }
    }

    /// The length that stands before a family; nil if it has not arrived.
    private func readLength(at start: Int) throws(RewriteError) -> (length: Int, bytes: Int)? {
        let end = min(start + Self.longestLength, input.count)
        var reader = unsafe WireReader(input.base, start..<end)
        do throws(ProtobufError) {
            let length = try reader.readVarint()
            return (Int(length), reader.position - start)
        } catch {
            guard end - start == Self.longestLength else { return nil }
            throw rewriteError(.varintTooLong, at: start)
        }
    }

    private func rewriteError(_ error: ProtobufError, at start: Int) -> RewriteError {
        switch error {
        case .limit(let error): error
        case .sampleTooLong(let length): .limit(.sampleLength, reached: length, allowed: sampleLength)
        default:
            .malformed(
                at: .byte(familyOffset), excerpt: unsafe Excerpt.line(input.base, start, input.count),
                reason: error.reason ?? "")
        }
    }
}
