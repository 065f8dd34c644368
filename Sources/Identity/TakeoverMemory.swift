package import Addressing

/// What `on_stale: rewrite` has to remember so that each owner, port and path makes one stream of samples, without a gap and
/// without a double (spec 5.1): who was scraped under whose name, when, and how often. Decisions without I/O and without a
/// clock: moments are monotonic milliseconds, and come with each call.
///
/// * The owner's own name always wins: from the moment such a scrape begins, no stale name is rewritten until the window has
///   passed without another.
/// * Else the first stale name holds the stream, until it was silent for the window. The same name at two addresses is two.
/// * A scrape counts while it is on its way, and from its beginning on if its answer came whole with status 200. One that
///   failed stored nothing: if it stopped others, or held the stream, there would be a gap.
/// * Each downstream has a stream of its own, since each has a storage of its own.
package struct TakeoverMemory: Sendable {
    /// Who stores the samples.
    package enum Downstream: Hashable, Sendable {
        case user(String)
        case address(IPAddress)
        /// By a Unix socket: all who come that way are one.
        case local

        /// - Parameters:
        ///   - user: nil: not authenticated.
        ///   - peer: nil: by a Unix socket.
        package init(user: String? = nil, peer: IPAddress?) {
            self = user.map { .user($0) } ?? peer.map { .address($0) } ?? .local
        }
    }

    /// What is scraped. Another Node under the same name has another UID and is another stream.
    package struct Stream: Hashable, Sendable {
        /// Its UID; its name where the source gives none.
        let owner: String
        let port: UInt16
        fileprivate(set) var path: String

        package init(of owner: KnownNode, port: UInt16, path: String) {
            self.owner = owner.uid.isEmpty ? owner.name : owner.uid
            self.port = port
            self.path = path
        }
    }

    /// Under whose name it is scraped.
    package enum Name: Hashable, Sendable {
        case owner
        /// Spelled in lower case, as claims are compared.
        case stale(NodeClaim, at: IPAddress)

        package init(stale claim: NodeClaim, at ip: IPAddress) {
            self = .stale(NodeClaim(node: claim.node?.lowercased(), uid: claim.uid), at: ip)
        }
    }

    package enum Answer: Sendable, Equatable {
        case rewrite
        case refuse(Refusal)
    }

    /// Why the reason is `owner_already_scraped`.
    package enum Refusal: Sendable, Equatable {
        case ownNameIsScraped
        case streamIsHeld(by: NodeClaim)
    }

    /// A scrape on its way, from `begin` to `end`.
    package struct Turn: Sendable {
        fileprivate let downstream: Downstream
        fileprivate let stream: Stream
        fileprivate let name: Name
        fileprivate let begun: UInt64
    }

    /// Milliseconds (`takeover_window`). Nil: three intervals as seen, at least a minute.
    package var window: UInt64?
    private var downstreams: [Downstream: Scrapes] = [:]
    private var paths: Set<String> = []
    private var lastSweep: UInt64 = 0
    package private(set) var streamCount = 0
    private let limits: Limits

    /// What keeps a flood of clients from taking memory without end: past these, what was silent for the longest is forgotten,
    /// which costs it a sample too many at worst.
    package struct Limits: Sendable {
        package var downstreams = 256
        /// Some 200 bytes each; 5,000 nodes with five paths make 25,000.
        package var streams = 250_000

        package init() {}
    }

    /// What one downstream scrapes.
    private struct Scrapes {
        var lastActive: UInt64
        var streams: [Stream: ScrapedStream] = [:]
    }

    package init(window: UInt64? = nil, limits: Limits = Limits()) {
        self.window = window
        self.limits = limits
    }

    package var downstreamCount: Int { downstreams.count }
}

// MARK: A scrape's way

extension TakeoverMemory {
    /// Whether a scrape under a stale name may be rewritten now. What follows is `begin`, or nothing.
    package mutating func ask(
        _ stream: Stream, as name: Name, for downstream: Downstream, at now: UInt64
    ) -> Answer {
        guard let scraper = downstreams.index(forKey: downstream),
            let known = downstreams.values[scraper].streams.index(forKey: stream),
            let refusal = downstreams.values[scraper].streams.values[known].refusal(of: name, window: window, at: now)
        else { return .rewrite }
        // A refused scrape tells its interval as well as any.
        downstreams.values[scraper].streams.values[known].noteArrival(of: name, at: now)
        return .refuse(refusal)
    }

    /// A scrape goes out.
    package mutating func begin(
        _ stream: Stream, as name: Name, for downstream: Downstream, at now: UInt64
    ) -> Turn {
        if let scraper = downstreams.index(forKey: downstream),
            let known = downstreams.values[scraper].streams.index(forKey: stream)
        {
            downstreams.values[scraper].lastActive = now
            downstreams.values[scraper].streams.values[known].begin(as: name, at: now)
        } else {
            var new = ScrapedStream()
            new.begin(as: name, at: now)
            add(new, as: stream, for: downstream, at: now)
        }
        return Turn(downstream: downstream, stream: stream, name: name, begun: now)
    }

    /// - Parameter isStored: the answer came whole, with status 200.
    package mutating func end(_ turn: Turn, isStored: Bool) {
        downstreams[turn.downstream]?.streams[turn.stream]?.end(as: turn.name, begun: turn.begun, isStored: isStored)
    }
}

// MARK: Forgetting

extension TakeoverMemory {
    /// Milliseconds between two looks for what can be forgotten.
    private static let sweepInterval: UInt64 = 300_000

    private mutating func add(
        _ scraped: ScrapedStream, as stream: Stream, for downstream: Downstream, at now: UInt64
    ) {
        if now >= lastSweep + Self.sweepInterval || streamCount >= limits.streams { sweep(at: now) }
        if streamCount >= limits.streams { forgetLeastActive() }
        if downstreams[downstream] == nil, downstreams.count >= limits.downstreams { forgetLeastActive() }
        var stream = stream
        // Thousands of streams share a handful of paths.
        stream.path = paths.insert(stream.path).memberAfterInsert
        var scrapes = downstreams.removeValue(forKey: downstream) ?? Scrapes(lastActive: now)
        scrapes.lastActive = now
        scrapes.streams[stream] = scraped
        downstreams[downstream] = scrapes
        streamCount += 1
    }

    /// Forgets what can decide nothing any more.
    private mutating func sweep(at now: UInt64) {
        lastSweep = now
        streamCount = 0
        paths = []
        for (downstream, scrapes) in downstreams {
            let kept = scrapes.streams.filter { !$0.value.isForgettable(window: window, at: now) }
            downstreams[downstream] = kept.isEmpty ? nil : Scrapes(lastActive: scrapes.lastActive, streams: kept)
            streamCount += kept.count
            for stream in kept.keys { paths.insert(stream.path) }
        }
    }

    private mutating func forgetLeastActive() {
        guard let least = downstreams.min(by: { $0.value.lastActive < $1.value.lastActive }) else { return }
        streamCount -= least.value.streams.count
        downstreams[least.key] = nil
    }
}
