/// One stream of `TakeoverMemory`: how its owner is scraped under its own name, and who scrapes it under a stale one.
struct ScrapedStream: Sendable {
    private var own = ScrapeTrack()
    /// None or one. Most streams have none and stay small, since an array is but a reference.
    private var holders: [Holder] = []
    private var holder: Holder? { holders.first }

    private struct Holder {
        let name: TakeoverMemory.Name
        var track = ScrapeTrack()
    }

    /// Nil: a scrape under this stale name may be rewritten.
    func refusal(of name: TakeoverMemory.Name, window: UInt64?, at now: UInt64) -> TakeoverMemory.Refusal? {
        let window = self.window(window)
        if own.counts(within: window, at: now) { return .ownNameIsScraped }
        guard let holder, holder.name != name, case .stale(let claim, _) = holder.name,
            holder.track.counts(within: window, at: now)
        else { return nil }
        return .streamIsHeld(by: claim)
    }

    mutating func noteArrival(of name: TakeoverMemory.Name, at now: UInt64) {
        if name == .owner {
            own.noteArrival(at: now)
        } else if holder?.name == name {
            holders[0].track.noteArrival(at: now)
        }
    }

    mutating func begin(as name: TakeoverMemory.Name, at now: UInt64) {
        if name != .owner, holder?.name != name { holders = [Holder(name: name)] }
        noteArrival(of: name, at: now)
        if name == .owner { own.inFlight += 1 } else { holders[0].track.inFlight += 1 }
    }

    mutating func end(as name: TakeoverMemory.Name, begun: UInt64, isStored: Bool) {
        if name == .owner {
            own.end(begun: begun, isStored: isStored)
        } else if holder?.name == name {
            holders[0].track.end(begun: begun, isStored: isStored)
        }
    }

    /// Nothing of it can decide anything any more. What was seen of intervals is kept for a while beyond the window.
    func isForgettable(window: UInt64?, at now: UInt64) -> Bool {
        let window = max(self.window(window), ScrapeTrack.longestInterval)
        return !own.isAlive(within: window, at: now) && holder?.track.isAlive(within: window, at: now) != true
    }

    /// Scrapes of one path have one interval, under whatever name: who knows it, tells it.
    private func window(_ fixed: UInt64?) -> UInt64 {
        fixed ?? ScrapeTrack.window(ofInterval: max(own.interval, holder?.track.interval ?? 0))
    }
}

/// The scrapes under one name. Moments and spans are milliseconds.
struct ScrapeTrack: Sendable {
    var inFlight: UInt32 = 0
    /// When the last one began that stored its samples.
    private var lastStored: UInt64?
    private var lastArrival: UInt64?
    /// The last two gaps between arrivals that are no pauses; 0: not seen yet.
    private var gaps: (UInt32, UInt32) = (0, 0)
    /// The gap before this one was taken for a pause.
    private var hasPaused = false

    /// What lies further apart is no interval: Prometheus holds a series for gone after five minutes.
    static let longestInterval: UInt64 = 900_000
    private static let leastWindow: UInt64 = 60_000

    /// 0: not known. The larger of two, because a scrape by hand makes one gap into two small ones.
    var interval: UInt64 { UInt64(max(gaps.0, gaps.1)) }

    static func window(ofInterval interval: UInt64) -> UInt64 { max(3 * interval, leastWindow) }

    func counts(within window: UInt64, at now: UInt64) -> Bool {
        inFlight > 0 || lastStored.map { now < $0 + window } ?? false
    }

    func isAlive(within window: UInt64, at now: UInt64) -> Bool {
        inFlight > 0 || lastArrival.map { now < $0 + window } ?? false
    }

    mutating func noteArrival(at now: UInt64) {
        defer { lastArrival = now }
        guard let lastArrival, now > lastArrival else { return }
        let gap = now - lastArrival
        // Twice in a row, it is the interval that has changed.
        let isPause = interval > 0 && gap >= Self.window(ofInterval: interval) && !hasPaused
        hasPaused = isPause
        if !isPause, gap <= Self.longestInterval { gaps = (UInt32(gap), gaps.0) }
    }

    mutating func end(begun: UInt64, isStored: Bool) {
        if inFlight > 0 { inFlight -= 1 }
        if isStored { lastStored = max(lastStored ?? 0, begun) }
    }
}
