import EventLoop
import Testing

@Suite struct TimerWheelTests {
    /// Records the clock at which a timer fired.
    private final class Log { var fired: [UInt64] = [] }

    @Test(
        "A timer fires once, never early and at most a tick late, however far ahead",
        arguments: [0, 1, 15, 16, 17, 250, 8_191, 8_192, 8_193, 100_000] as [UInt64])
    func firesOnTime(delay: UInt64) {
        let wheel = TimerWheel(now: 1_000_003)
        let log = Log()
        let timer = Timer { log.fired.append(wheel.now) }
        wheel.schedule(timer, at: 1_000_003 + delay)
        for moment in stride(from: UInt64(1_000_004), through: 1_000_003 + delay + 20_000, by: 1) {
            wheel.advance(to: moment)
        }
        #expect(log.fired.count == 1)
        #expect(log.fired.allSatisfy { $0 >= 1_000_003 + delay && $0 <= 1_000_003 + delay + 17 })
        #expect(wheel.millisecondsToNext == nil)
    }

    @Test("A loop that slept past many deadlines fires them all")
    func longSleep() {
        let wheel = TimerWheel(now: 0)
        let log = Log()
        let timers = (0..<1_000).map { _ in Timer { log.fired.append(wheel.now) } }
        for (position, timer) in timers.enumerated() { wheel.schedule(timer, at: UInt64(position) * 50) }
        wheel.advance(to: 60_000)
        #expect(log.fired.count == 1_000)
    }

    @Test("Sleeping for as long as the wheel says, over and over, reaches each deadline in few wake-ups")
    func sleepsUntilDue() throws {
        let wheel = TimerWheel(now: 77)
        let log = Log()
        let timer = Timer { log.fired.append(wheel.now) }
        wheel.schedule(timer, at: 30_077)
        var wakeUps = 0
        var now: UInt64 = 77
        while let sleep = wheel.millisecondsToNext {
            now += max(sleep, 1)
            wheel.advance(to: now)
            wakeUps += 1
        }
        #expect(log.fired.count == 1)
        #expect(wakeUps <= 5)
    }

    @Test("A cancelled timer stays silent, a moved one fires at its new moment only")
    func cancelAndMove() {
        let wheel = TimerWheel(now: 0)
        let log = Log()
        let cancelled = Timer { log.fired.append(0) }
        let moved = Timer { log.fired.append(wheel.now) }
        wheel.schedule(cancelled, at: 100)
        wheel.schedule(moved, at: 100)
        cancelled.cancel()
        wheel.schedule(moved, at: 500)
        for moment in stride(from: UInt64(0), to: 1_000, by: 16) { wheel.advance(to: moment) }
        #expect(log.fired.count == 1)
        #expect(log.fired.first.map { $0 >= 500 } == true)
        #expect(!cancelled.isScheduled)
    }
}
