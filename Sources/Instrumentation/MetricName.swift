/// Prometheus' naming practice, as far as `promtool check metrics` knows it (spec 12.2).
enum MetricName {
    /// Why the name won't do, or nil where it will.
    static func objection(to name: String, kind: MetricKind, help: String, labels: [String] = []) -> String? {
        guard isName(name) else { return "\(name): lower-case letters, digits and underscores, no digit first" }
        guard !help.isEmpty else { return "\(name): no help text" }
        if (kind == .counter) != name.hasSuffix("_total") {
            return "\(name): counters, and only they, end with _total"
        }
        if let ending = ["_bucket", "_count", "_sum"].first(where: name.hasSuffix) {
            return "\(name): \(ending) is the ending of a histogram's series"
        }
        if kind == .histogram, !["_seconds", "_bytes", "_ratio"].contains(where: name.hasSuffix) {
            return "\(name): a histogram ends with its unit"
        }
        let words = name.split(separator: "_").map(String.init)
        if let word = words.first(where: otherUnits.contains) { return "\(name): \(word) is no base unit" }
        if let word = words.first(where: ["counter", "gauge", "histogram"].contains) {
            return "\(name): the name says its type, \(word)"
        }
        if let label = labels.first(where: { !isName($0) || $0.hasPrefix("__") || ($0 == "le" && kind == .histogram) })
        {
            return "\(name): label \(label) is reserved or malformed"
        }
        if Set(labels).count != labels.count { return "\(name): a label twice" }
        return nil
    }

    private static let otherUnits: Set<String> = [
        "milliseconds", "microseconds", "nanoseconds", "ms", "us", "ns", "sec", "secs", "minutes", "hours", "days",
        "kilobytes", "megabytes", "gigabytes", "kibibytes", "mebibytes", "kb", "mb", "gb", "bits", "percent",
    ]

    private static func isName(_ name: String) -> Bool {
        guard let first = name.utf8.first, !(0x30...0x39).contains(first) else { return false }
        return name.utf8.allSatisfy { byte in
            (0x61...0x7a).contains(byte) || (0x30...0x39).contains(byte) || byte == UInt8(ascii: "_")
        }
    }
}
