import Foundation

/// Tells how a run goes: a line that changes on a terminal, a line now and then in a pipe.
struct RunProgress: Sendable {
    private let isTerminal = isatty(STDERR_FILENO) == 1
    /// Seconds between lines in a pipe.
    private static let pause = 10

    func say(_ text: String) { put(isTerminal ? "\r\u{1b}[K\(text)\n" : "\(text)\n") }

    /// - Parameter scraped: in the last `span` seconds.
    func show(_ scenario: ScenarioName, at second: Int, of duration: Int, _ scraped: ScrapeProgress, span: Double) {
        let line = "\(scenario.rawValue) " + Self.bar(second, of: duration) + Self.text(scraped, span: span)
        if isTerminal { put("\r\u{1b}[K\(line)") } else { put("\(line)\n") }
    }

    /// Whether a line is due after so many seconds.
    func isDue(_ second: Int) -> Bool { isTerminal || second % Self.pause == 0 }

    static func bar(_ second: Int, of duration: Int) -> String {
        let done = min(20, second * 20 / max(duration, 1))
        return "[" + String(repeating: "#", count: done) + String(repeating: ".", count: 20 - done)
            + "] \(second)/\(duration) s  "
    }

    static func text(_ scraped: ScrapeProgress, span: Double) -> String {
        let rate = String(format: "%.0f scrapes/s", Double(scraped.scrapes) / span)
        let times = [(0.5, "p50"), (0.99, "p99")].compactMap { fraction, name in
            scraped.seconds.percentile(fraction).map { String(format: "%@ %.1f ms", name, $0 * 1000) }
        }
        let refused = scraped.refused.sorted { $0.key < $1.key }.map { "\($1) x \($0)" }
        let failed = scraped.failed > 0 ? ["\(scraped.failed) failed"] : []
        return ([rate] + times + refused + failed).joined(separator: "  ")
    }

    func end() { if isTerminal { put("\r\u{1b}[K") } }

    private func put(_ text: String) { try? FileHandle.standardError.write(contentsOf: Data(text.utf8)) }
}
