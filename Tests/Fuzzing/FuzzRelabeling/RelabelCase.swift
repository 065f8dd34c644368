import Relabeling

/// Labels and rules as a fuzzer writes them: the control characters RS and US stand between records and their fields. The
/// first record is labels, `name=value`; each further one a rule, `key=value`.
struct RelabelCase {
    let labels: [String: String]
    /// Those that load.
    let configs: [RelabelConfig]
    /// Of all rules, also of those that don't load.
    let patterns: [String]
    private static let mostRules = 8

    init(_ text: String) {
        let records = text.unicodeScalars.split(separator: "\u{1e}", omittingEmptySubsequences: false)
        // A series has a name.
        let named = (records.first.map(Self.fields) ?? [:]).filter { !$0.value.isEmpty }
        labels = named.merging(["__name__": "up"]) { given, _ in given }
        let rules = records.dropFirst().prefix(Self.mostRules).map(Self.fields)
        patterns = rules.compactMap { $0["regex"] }
        configs = rules.compactMap { rule in
            try? RelabelConfig(
                action: rule["action"], sourceLabels: rule["source_labels"].map(Self.words),
                separator: rule["separator"], regex: rule["regex"], modulus: rule["modulus"].flatMap { UInt64($0) },
                targetLabel: rule["target_label"], replacement: rule["replacement"])
        }
    }

    private static func fields(_ record: Substring.UnicodeScalarView) -> [String: String] {
        let fields = record.split(separator: "\u{1f}").map { field in
            let equals = field.firstIndex(of: "=") ?? field.endIndex
            return (String(field[..<equals]), String(field[equals...].dropFirst()))
        }
        return Dictionary(fields) { first, _ in first }
    }

    private static func words(_ text: String) -> [String] {
        text.unicodeScalars.split(separator: ",").map { String($0) }
    }
}
