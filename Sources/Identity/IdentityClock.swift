#if canImport(Glibc)
    import Glibc
#endif

/// The two clocks of the room, injected: one that only goes forward, for ages, and one that tells the time of day.
package struct IdentityClock: Sendable {
    package var monotonic: @Sendable () -> ContinuousClock.Instant
    package var unixSeconds: @Sendable () -> Int64

    package init(
        monotonic: @escaping @Sendable () -> ContinuousClock.Instant, unixSeconds: @escaping @Sendable () -> Int64
    ) {
        self.monotonic = monotonic
        self.unixSeconds = unixSeconds
    }

    package static let system = IdentityClock(monotonic: { .now }, unixSeconds: { Int64(time(nil)) })
}
