/// One stream of `TakeoverMemory`: how its owner is scraped under its own name, and who scrapes it under a stale one. Moments
/// and spans are milliseconds.
struct ScrapedStream: Sendable {
    private var own = ScrapeTrack()
    /// None or one. Most streams have none and stay small, since an array is but a reference.
    private var holders: [Holder] = []
    private var holder: Holder? { holders.first }
    /// Scrapes of one path have one interval, under whatever name.
    private var interval = IntervalSeen()

    private struct Holder {
        let name: TakeoverMemory.Name
        var track = ScrapeTrack()
    }

    private static let leastWindow: UInt64 = 60_000

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
            interval.note(own.noteArrival(at: now))
        } else if holder?.name == name {
            interval.note(holders[0].track.noteArrival(at: now))
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

    /// Nothing of it can decide anything any more. What was seen of the interval is kept for a while beyond the window.
    func isForgettable(window: UInt64?, at now: UInt64) -> Bool {
        let window = max(self.window(window), 3 * IntervalSeen.longest)
        return !own.isAlive(within: window, at: now) && holder?.track.isAlive(within: window, at: now) != true
    }

    private func window(_ fixed: UInt64?) -> UInt64 { fixed ?? max(3 * interval.usual, Self.leastWindow) }
}

/// The scrapes under one name.
private struct ScrapeTrack: Sendable {
    var inFlight: UInt32 = 0
    /// When the last one began that stored its samples.
    private var lastStored: UInt64?
    private var lastArrival: UInt64?

    func counts(within window: UInt64, at now: UInt64) -> Bool {
        inFlight > 0 || lastStored.map { now < $0 + window } ?? false
    }

    func isAlive(within window: UInt64, at now: UInt64) -> Bool {
        inFlight > 0 || lastArrival.map { now < $0 + window } ?? false
    }

    /// - Returns: the time since the one before; nil for the first one.
    mutating func noteArrival(at now: UInt64) -> UInt64? {
        defer { lastArrival = now }
        return lastArrival.map { now - $0 }
    }

    mutating func end(begun: UInt64, isStored: Bool) {
        if inFlight > 0 { inFlight -= 1 }
        if isStored { lastStored = max(lastStored ?? 0, begun) }
    }
}

/// The interval of a path's scrapes, out of the last five gaps between two under one name. The middle one, so that neither a
/// pause nor a scrape by hand counts for much.
private struct IntervalSeen: Sendable {
    private var gaps: InlineArray<5, UInt32> = .init(repeating: 0)
    private var count = 0

    /// What lies further apart is a pause: Prometheus holds a series for gone after five minutes.
    static let longest: UInt64 = 300_000

    mutating func note(_ gap: UInt64?) {
        guard let gap, gap > 0, gap <= Self.longest else { return }
        gaps[count % 5] = UInt32(gap)
        // Only its remainder matters once all places are taken.
        count = count < 9 ? count + 1 : 5
    }

    /// 0: not seen yet.
    var usual: UInt64 {
        let seen = min(count, 5)
        guard seen > 0 else { return 0 }
        var ordered: [UInt32] = []
        for index in 0..<seen { ordered.append(gaps[index]) }
        ordered.sort()
        return UInt64(ordered[(seen - 1) / 2])
    }
}
