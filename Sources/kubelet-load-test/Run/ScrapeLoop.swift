import EventLoop

/// A target's loop. It belongs to the scraper's thread.
final class ScrapeLoop {
    let target: ScrapeTarget
    let number: Int
    let request: [UInt8]
    let interval: Double
    /// When its next scrape is due, by the run's clock.
    var next: Double
    var isInFlight = false
    let timer: Timer

    init(
        _ target: ScrapeTarget, number: Int, request: [UInt8], interval: Double, next: Double,
        fire: @escaping () -> Void
    ) {
        self.target = target
        self.number = number
        self.request = request
        self.interval = interval
        self.next = next
        timer = Timer(fire)
    }

    /// Where in the interval a target's scrapes lie, so that not all come at once: FNV-1a of node and path. Not of the address,
    /// which each run takes another of: the same seed has to give the same offsets.
    static func offset(of target: ScrapeTarget, seed: UInt64, in interval: Double) -> Double {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325 ^ seed
        for byte in "\(target.node)\u{ff}\(target.path)".utf8 {
            hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3
        }
        // The low bits of FNV are the poorer ones.
        var mixed = SplitMix64(seed: hash)
        return Double(mixed.next() % 1_000_000) / 1_000_000 * interval
    }
}
