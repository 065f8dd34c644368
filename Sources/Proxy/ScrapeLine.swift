/// A finished scrape as one line for people: verdict, reason, node, path, status, size, time, evidence; and why, where it was refused.
package struct ScrapeLine {
    /// `12:03:07Z`
    package let time: String
    package let scrape: FinishedScrape

    package init(_ scrape: FinishedScrape, time: String) {
        self.scrape = scrape
        self.time = time
    }

    /// - Parameter isColoured: with the escapes of terminals.
    package func text(isColoured: Bool) -> String {
        let verdict = padded(scrape.verdict.rawValue, 7)
        let place = [scrape.node, scrape.address.map { "\($0)" }].compactMap { $0 }.joined(separator: " ")
        let columns = [
            time, isColoured ? "\u{1b}[\(colour)m\(verdict)\u{1b}[0m" : verdict, padded(scrape.reason, 14),
            place.isEmpty ? "-" : place.onOneLine, scrape.path?.onOneLine ?? "-",
            scrape.status == 0 ? "-" : "\(scrape.status)", "\(scrape.bytes)B", "\(scrape.milliseconds)ms",
        ]
        let evidence = scrape.evidence.map { "evidence=\($0)" }
        return (columns + [evidence, scrape.phrase?.onOneLine].compactMap { $0 }).joined(separator: " ")
    }

    /// Green, red, or yellow: it went through, but not as it was asked for, or what came is no success.
    private var colour: Int {
        switch scrape.verdict {
        case .drop: 31
        case .rewrite: 33
        case .forward: scrape.status == 200 && scrape.reason == "owner" ? 32 : 33
        }
    }

    private func padded(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }
}
