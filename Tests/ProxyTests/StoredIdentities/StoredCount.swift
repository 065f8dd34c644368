/// What became of scrapes in a Prometheus' storage.
struct StoredCount: Sendable, Equatable {
    /// Samples that another kubelet made than the one under whose name they are stored.
    var wrong = 0
    /// The scrapes that these came with.
    var wrongScrapes = 0
    /// Samples of which none tells who made them, such as half a body.
    var unmarked = 0
    /// Samples that the right one made.
    var right = 0
    /// All scrapes of nodes that were well.
    var due = 0
    /// Those of which nothing was stored.
    var lost = 0
    /// Those that ran out of time: of a busy machine they tell, not of the proxy.
    var late = 0
    /// How often two samples of a node that was well lie more than one and a half intervals apart.
    var gaps = 0

    static func + (one: StoredCount, other: StoredCount) -> StoredCount {
        var sum = one
        sum.wrong += other.wrong
        sum.wrongScrapes += other.wrongScrapes
        sum.unmarked += other.unmarked
        sum.right += other.right
        sum.due += other.due
        sum.lost += other.lost
        sum.late += other.late
        sum.gaps += other.gaps
        return sum
    }

    init() {}

    /// - Parameter spans: when the target was well.
    init(of target: StoredScrapes.Target, in stored: StoredScrapes, well spans: [Span]) {
        let scrapes = stored.scrapes(of: target)
        for scrape in scrapes {
            if scrape.isRight(for: target) { right += scrape.samples }
            if scrape.isWrong(for: target) { wrongScrapes += 1 }
        }
        let all = stored.sampleCount(of: target)
        unmarked = all - scrapes.reduce(0) { $0 + ($1.makers.isEmpty ? 0 : $1.samples) }
        wrong = all - right
        for span in spans {
            let inside = scrapes.filter(span.contains)
            due += inside.count
            late += inside.count { $0.isLate }
            lost += inside.count { !$0.isRight(for: target) && !$0.isLate }
            let moments = inside.filter { $0.isRight(for: target) }.map(\.moment)
            gaps += zip(moments, moments.dropFirst()).count { $1 - $0 > StoredScrapes.interval * 3 / 2 }
        }
    }

    /// A time in which a target's kubelet answers at its address, and the proxy can know it: each scrape has to be stored.
    struct Span: Sendable {
        /// Unix milliseconds.
        let begin: Int
        let end: Int

        func contains(_ scrape: StoredScrapes.Scrape) -> Bool { scrape.began(after: begin) && scrape.end < end }
    }
}
