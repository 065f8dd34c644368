/// One line of printable ASCII that fits into a status line and into Prometheus' Targets page, whatever names a request
/// or a Node brings.
enum ReasonPhrase {
    /// In bytes.
    static let limit = 200

    /// Composes with ever shorter names until the phrase fits.
    static func fitting(_ compose: (_ nameLimit: Int) -> String) -> String {
        var phrase = ""
        for nameLimit in [63, 40, 24, 12] {
            phrase = compose(nameLimit)
            if phrase.utf8.count <= limit { return phrase }
        }
        return shortened(phrase, to: limit)
    }

    /// A name from outside, fit for one line of text.
    static func printable(_ name: String) -> String { shortened(name, to: 253) }

    /// Printable, and cut in the middle, since generated names differ at their end.
    static func shortened(_ text: String, to limit: Int) -> String {
        let printable = text.unicodeScalars.map { (" "..."~").contains($0) ? Character($0) : "?" }
        guard printable.count > limit else { return String(printable) }
        let kept = limit - 2
        return String(printable.prefix(kept - kept / 2)) + ".." + String(printable.suffix(kept / 2))
    }
}
