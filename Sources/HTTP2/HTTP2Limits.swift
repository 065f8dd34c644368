/// What one connection may ask for.
package struct HTTP2Limits: Sendable {
    /// Streams open at a time; told to the peer. Further ones are refused one by one.
    package var concurrentStreams: UInt32 = 100
    /// Bytes of a request's fields, each counted with 32 bytes more (RFC 9113 section 6.5.2); told to the peer.
    package var headerListSize = 64 * 1024
    /// Bytes of a request's body that are kept. One that is longer counts as too large, and the rest is thrown away.
    package var bodySize = 0
    /// Streams that the peer may break off: each costs it one frame, and us a request's work (CVE-2023-44487).
    package var resets = TokenBucket.Rate(burst: 200, perSecond: 20)
    /// SETTINGS, PING and PRIORITY frames, empty DATA, and others that ask for nothing.
    package var idleFrames = TokenBucket.Rate(burst: 1_000, perSecond: 100)
    /// CONTINUATION frames of one request (CVE-2024-28182).
    package var continuations = 8

    package init() {}
}

/// Allows a burst of events and, over time, a rate of them. Its clock is the caller's, in milliseconds.
package struct TokenBucket: Sendable {
    package struct Rate: Sendable {
        package let burst: Double
        package let perSecond: Double

        package init(burst: Double, perSecond: Double) {
            self.burst = burst
            self.perSecond = perSecond
        }
    }

    private let rate: Rate
    private var tokens: Double
    private var filledAt: UInt64

    package init(_ rate: Rate, now: UInt64) {
        self.rate = rate
        tokens = rate.burst
        filledAt = now
    }

    /// Whether one more event is allowed.
    package mutating func take(at now: UInt64) -> Bool {
        if now > filledAt {
            tokens = min(rate.burst, tokens + rate.perSecond * Double(now - filledAt) / 1_000)
            filledAt = now
        }
        guard tokens >= 1 else { return false }
        tokens -= 1
        return true
    }
}
