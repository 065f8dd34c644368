import Addressing
import Discovery
import Testing

@testable import Identity

/// Days of made-up scrapes, held to what spec 5.1 is for: no gap and no double.
@Suite struct TakeoverPropertyTests {
    /// A scraper's target: each interval a scrape, while service discovery lists it.
    private struct Target {
        let name: TakeoverMemory.Name
        let offset: UInt64
        var isListed: Bool
    }

    private static let interval: UInt64 = 20_000
    private static let window: UInt64 = 60_000

    @Test(
        "Whatever is listed and whatever fails, samples are stored by one name at a time and nobody waits in vain",
        arguments: 1...40)
    func random(seed: UInt64) {
        var random = SplitMix(state: seed)
        let node = KnownNode(Node("node-b", at: "10.0.0.5"), firstSeen: 0, policy: IdentityPolicy())
        let stream = TakeoverMemory.Stream(of: node, port: 10250, path: "/metrics")
        let prometheus = TakeoverMemory.Downstream(peer: nil)
        var memory = TakeoverMemory(window: Self.window)
        let stale = ["a", "c", "d"].map {
            TakeoverMemory.Name(stale: NodeClaim(node: $0), at: IPAddress(high: 0, low: 1))
        }
        var targets = ([.owner] + stale).map { name in
            Target(name: name, offset: random.next() % Self.interval, isListed: random.next() % 2 == 0)
        }
        targets.sort { $0.offset < $1.offset }
        /// When a scrape began last that stored samples, under each name.
        var stored: [TakeoverMemory.Name: UInt64] = [:]
        var rewrites = 0
        var refusals = 0

        for round in 1...UInt64(2_000) {
            for index in targets.indices {
                if random.next() % 40 == 0 { targets[index].isListed.toggle() }
                let (name, now) = (targets[index].name, round * Self.interval + targets[index].offset)
                guard targets[index].isListed else { continue }
                let others = stored.filter { $0.key != name && now < $0.value + Self.window }
                if name != .owner {
                    guard memory.ask(stream, as: name, for: prometheus, at: now) == .rewrite else {
                        refusals += 1
                        // No gap: who is refused is refused for another's samples.
                        #expect(!others.isEmpty, "seed \(seed), round \(round): \(name) waits in vain")
                        continue
                    }
                    rewrites += 1
                    // No double: nobody else stores samples meanwhile.
                    #expect(others.isEmpty, "seed \(seed), round \(round): \(name) beside \(others.keys)")
                }
                let turn = memory.begin(stream, as: name, for: prometheus, at: now)
                let isStored = random.next() % 8 != 0
                memory.end(turn, isStored: isStored)
                if isStored { stored[name] = now }
            }
        }
        #expect(rewrites > 100 && refusals > 100)
        #expect(memory.streamCount == 1)
    }
}

/// Random numbers that are the same in each run (Steele, Lea, Flood: SplitMix).
private struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = (state ^ (state >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}
