import Addressing
import Identity
import Listening
import Settings

/// Carries out `on_stale: rewrite`: asks the memory whether a stale scrape may be rewritten, and tells it of every scrape under
/// a name (spec 5.1). With `on_stale: drop` it does, and costs, nothing.
struct Takeovers {
    private var memory = TakeoverMemory()
    private var isOn = false

    init(_ settings: ProxySettings) { adopt(settings) }

    /// What is remembered outlives a reload.
    mutating func adopt(_ settings: ProxySettings) {
        isOn = settings.onStale == .rewrite
        memory.window = settings.takeoverWindow?.milliseconds
    }

    /// Nil: `on_stale` has no say, so the scrape is dropped for what it is.
    mutating func answer(
        to verdict: IdentityVerdict, path: String, from downstream: TakeoverMemory.Downstream, at now: UInt64
    ) -> TakeoverMemory.Answer? {
        guard isOn, verdict.isStale, let stream = Self.stream(verdict, path), let address = verdict.address else {
            return nil
        }
        let name = TakeoverMemory.Name(stale: verdict.claim, at: address.ip)
        return memory.ask(stream, as: name, for: downstream, at: now)
    }

    /// A scrape goes out that is let through, or would be in `mode: enforce`.
    ///
    /// - Returns: what `end` wants back; nil: nothing is to be remembered. An unclaimed scrape is nobody's: the owner is not
    ///   scraped under its own name by it.
    mutating func begin(
        _ verdict: IdentityVerdict, as fate: ScrapeVerdict, path: String, from downstream: TakeoverMemory.Downstream,
        at now: UInt64
    ) -> TakeoverMemory.Turn? {
        guard isOn, !verdict.isUnclaimed, let stream = Self.stream(verdict, path), let address = verdict.address
        else { return nil }
        switch fate {
        case .forward: return memory.begin(stream, as: .owner, for: downstream, at: now)
        case .rewrite:
            let name = TakeoverMemory.Name(stale: verdict.claim, at: address.ip)
            return memory.begin(stream, as: name, for: downstream, at: now)
        case .drop: return nil
        }
    }

    /// - Parameter isStored: the answer came whole, with status 200.
    mutating func end(_ turn: TakeoverMemory.Turn, isStored: Bool) { memory.end(turn, isStored: isStored) }

    private static func stream(_ verdict: IdentityVerdict, _ path: String) -> TakeoverMemory.Stream? {
        guard let owner = verdict.owner, let address = verdict.address else { return nil }
        return TakeoverMemory.Stream(of: owner, port: address.port, path: path)
    }
}

extension DownstreamConnection {
    /// Who stores what it is answered (spec 5.1).
    var scraper: TakeoverMemory.Downstream { TakeoverMemory.Downstream(peer: peer?.ip) }
}
