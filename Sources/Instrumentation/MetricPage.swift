/// A page in Prometheus' text format 0.0.4 while it is written.
package struct MetricPage {
    package static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    package private(set) var text = ""

    mutating func family(_ name: String, help: String, kind: MetricKind) {
        text += "# HELP \(name) \(Self.escaped(help, quotes: false))\n# TYPE \(name) \(kind.rawValue)\n"
    }

    mutating func sample(_ name: String, _ labels: MetricLabels, _ value: UInt64) {
        sample(name, labels, text: String(value))
    }

    mutating func sample(_ name: String, _ labels: MetricLabels, _ value: Double) {
        sample(name, labels, text: Self.text(value))
    }

    private mutating func sample(_ name: String, _ labels: MetricLabels, text value: String) {
        text += name
        if !labels.pairs.isEmpty {
            let pairs = labels.pairs.map { "\($0.name)=\"\(Self.escaped($0.value, quotes: true))\"" }
            text += "{\(pairs.joined(separator: ","))}"
        }
        text += " \(value)\n"
    }

    /// As Go's client writes a float: no `.0` behind whole numbers, `+Inf`, `-Inf` and `NaN`.
    static func text(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        guard value.isFinite else { return value > 0 ? "+Inf" : "-Inf" }
        guard let whole = Int64(exactly: value), whole.magnitude < 1 << 53 else { return "\(value)" }
        return String(whole)
    }

    private static func escaped(_ text: String, quotes: Bool) -> String {
        var escaped = ""
        for character in text.unicodeScalars {
            switch character {
            case "\\": escaped += "\\\\"
            case "\n": escaped += "\\n"
            case "\"" where quotes: escaped += "\\\""
            default: escaped.unicodeScalars.append(character)
            }
        }
        return escaped
    }
}
