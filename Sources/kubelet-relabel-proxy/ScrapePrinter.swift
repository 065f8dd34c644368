import Glibc
import Proxy
import Synchronization

/// Prints a line for each scrape on standard error, in colour on a terminal; and what rewriting changed.
final class ScrapePrinter: ScrapeObserver {
    let wantsChanges: Bool
    /// `forward URL --diff`: standard output has nothing else.
    private let diffGoesToOutput: Bool
    private let isColoured: Bool
    private let count = Mutex(0)

    init(wantsChanges: Bool, diffGoesToOutput: Bool) {
        self.wantsChanges = wantsChanges
        self.diffGoesToOutput = diffGoesToOutput
        let isPlain = unsafe getenv("NO_COLOR").map { unsafe $0.pointee != 0 } ?? false
        isColoured = isatty(STDERR_FILENO) == 1 && !isPlain
    }

    func ended(_ scrape: FinishedScrape) {
        if let changes = scrape.changes {
            if diffGoesToOutput {
                StandardOutput.write(changes)
            } else {
                LineLog.standardError(String(decoding: changes, as: UTF8.self))
            }
            if changes.isEmpty, scrape.status == 200 { LineLog.standardError("Rewriting changes nothing here.\n") }
        }
        // A browser asks for more than people do.
        if scrape.path == nil, scrape.reason == "not_found" { return }
        let time = "\(LogTime.now().dropFirst(11).prefix(8))Z"
        LineLog.standardError(ScrapeLine(scrape, time: time).text(isColoured: isColoured) + "\n")
        count.withLock { $0 += 1 }
    }

    /// The answer ends a moment before its line is written.
    ///
    /// - Returns: whether there was one.
    @discardableResult
    func waitForLine() -> Bool {
        for _ in 0..<200 {
            if count.withLock({ $0 > 0 }) { return true }
            usleep(5_000)
        }
        return false
    }
}

enum StandardOutput {
    /// All of it; what a closed pipe does not take is lost.
    ///
    /// - Returns: whether it went.
    @discardableResult
    static func write(_ bytes: [UInt8]) -> Bool {
        var written = 0
        while written < bytes.count {
            let count = unsafe bytes.withUnsafeBytes {
                unsafe Glibc.write(STDOUT_FILENO, $0.baseAddress?.advanced(by: written), $0.count - written)
            }
            if count > 0 {
                written += count
            } else if errno != EINTR {
                return false
            }
        }
        return true
    }
}
