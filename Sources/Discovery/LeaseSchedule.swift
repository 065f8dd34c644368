/// Which leases to read and when, as decisions without I/O (spec 4.4): those of the nodes that are at odds over an address, at
/// once when that begins and again while it lasts, and less often where the API server does not give them.
package struct LeaseSchedule: Sendable {
    /// The names of the nodes that are at odds over one address, in order. Their leases are read together, so that what is
    /// compared was true at one time.
    package typealias Rivals = [String]

    package enum Step: Sendable, Equatable {
        case read(Rivals)
        /// Nothing to do before this moment.
        case wait(until: ContinuousClock.Instant)
        /// Nothing to do until `follow`.
        case idle
    }

    package enum Failure: Sendable, Equatable {
        /// Status 403: the right is missing, and hardly comes within minutes.
        case forbidden
        case other
    }

    private var dueAt: [Rivals: ContinuousClock.Instant] = [:]
    /// Whatever is due waits for this.
    private var blockedUntil: ContinuousClock.Instant?
    private var failures = 0
    private var random: any RandomNumberGenerator & Sendable

    private static let interval = Duration.seconds(10)
    /// Between two readings: where a whole fleet is at odds, the API server has other things to do.
    private static let pace = Duration.milliseconds(20)
    private static let longestPause = Duration.seconds(60)
    private static let pauseWithoutRight = Duration.seconds(300)

    package init(random: any RandomNumberGenerator & Sendable = SystemRandomNumberGenerator()) { self.random = random }

    /// Only these from now on; those that are new are due at once.
    package mutating func follow(_ rivals: Set<Rivals>, at now: ContinuousClock.Instant) {
        dueAt = dueAt.filter { rivals.contains($0.key) }
        for new in rivals where dueAt[new] == nil { dueAt[new] = now }
    }

    package func next(at now: ContinuousClock.Instant) -> Step {
        guard let first = dueAt.min(by: { ($0.value, $0.key[0]) < ($1.value, $1.key[0]) }) else { return .idle }
        let due = max(first.value, blockedUntil ?? first.value)
        return due <= now ? .read(first.key) : .wait(until: due)
    }

    /// All their leases were read, or found not to exist.
    package mutating func succeeded(_ rivals: Rivals, at now: ContinuousClock.Instant) {
        failures = 0
        blockedUntil = now + Self.pace
        if dueAt[rivals] != nil { dueAt[rivals] = now + Self.interval }
    }

    package mutating func failed(_ failure: Failure, at now: ContinuousClock.Instant) {
        failures += 1
        let doubled = min(Duration.seconds(1 << min(failures - 1, 6)), Self.longestPause)
        let pause = failure == .forbidden ? Self.pauseWithoutRight : doubled
        blockedUntil = now + pause * Double.random(in: 0.5...1, using: &random)
    }
}
