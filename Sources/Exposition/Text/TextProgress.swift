/// How far the body has been read: what both passes count, and how they say what is wrong.
struct TextProgress {
    var meter: RewriteMeter
    /// The line that the next record starts on, counted from 1.
    var line = 1
    /// `# EOF` was read, or a byte where Prometheus' text parser stops without complaint.
    var hasEnded = false
    /// The longest sample in bytes, without its line feed.
    let sampleLength: Int

    init(_ limits: RewriteLimits) {
        meter = RewriteMeter(limits)
        sampleLength = limits.sampleLength > 0 ? limits.sampleLength : .max
    }

    /// The error for a record that starts at `start`.
    func malformed(
        _ reason: MalformedReason, _ base: UnsafePointer<UInt8>, _ start: Int, _ end: Int
    ) -> RewriteError {
        unsafe .malformed(
            at: .line(line), excerpt: Excerpt.line(base, start, end), reason: reason.rawValue)
    }

    func tooLong(_ length: Int) -> RewriteError {
        .limit(.sampleLength, reached: length, allowed: sampleLength)
    }
}

/// The first bytes of a line for an error message or a log.
enum Excerpt {
    private static let length = 80

    /// Control characters and invalid UTF-8 are escaped, so that a body can't forge a log line.
    static func line(_ base: UnsafePointer<UInt8>, _ start: Int, _ end: Int) -> String {
        let stop = unsafe ByteScan.first(UInt8(ascii: "\n"), base, start, min(end, start + length))
        let bytes = unsafe UnsafeBufferPointer(start: base + start, count: stop - start)
        var text = ""
        for scalar in unsafe String(decoding: bytes, as: UTF8.self).unicodeScalars {
            text +=
                scalar.properties.generalCategory == .control || scalar == "\"" || scalar == "\\"
                ? scalar.escaped(asASCII: false) : String(scalar)
        }
        return stop < end && stop - start == length ? text + "..." : text
    }
}
