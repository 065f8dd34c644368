/// When a scrape that moves a large body lets the loop's other scrapes have their turn.
///
/// Where both sides are always ready, nothing else would make its task wait.
struct ScrapeTurn {
    /// Bytes without compression, since these are what the work goes with: the smallest of gzip chunks may be a large one.
    private static let length = 1024 * 1024
    private var end = length

    /// - Parameter total: bytes of the body that were dealt with so far.
    mutating func moved(to total: Int) async {
        guard total >= end else { return }
        end = total + Self.length
        await Task.yield()
    }
}
