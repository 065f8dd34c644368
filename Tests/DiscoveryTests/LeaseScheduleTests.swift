import Testing

@testable import Discovery

@Suite("Which leases to read and when") struct LeaseScheduleTests {
    private let start = ContinuousClock.now
    private let ab = ["a", "b"]
    private let cd = ["c", "d"]

    /// Whose jitter is always the same.
    private struct Steady: RandomNumberGenerator {
        mutating func next() -> UInt64 { .max }
    }

    private func schedule(_ rivals: Set<[String]> = []) -> LeaseSchedule {
        var schedule = LeaseSchedule(random: Steady())
        schedule.follow(rivals, at: start)
        return schedule
    }

    @Test("None while no nodes are at odds")
    func idle() {
        var schedule = schedule()
        #expect(schedule.next(at: start) == .idle)
        schedule.follow([ab], at: start)
        schedule.follow([], at: start + .seconds(1))
        #expect(schedule.next(at: start + .seconds(1)) == .idle)
    }

    @Test("At once when it begins, then each ten seconds; those that begin later at once too")
    func interval() {
        var schedule = schedule([ab])
        #expect(schedule.next(at: start) == .read(ab))
        schedule.succeeded(ab, at: start)
        #expect(schedule.next(at: start + .seconds(1)) == .wait(until: start + .seconds(10)))
        schedule.follow([ab, cd], at: start + .seconds(4))
        #expect(schedule.next(at: start + .seconds(4)) == .read(cd))
        schedule.succeeded(cd, at: start + .seconds(4))
        #expect(schedule.next(at: start + .seconds(9)) == .wait(until: start + .seconds(10)))
        #expect(schedule.next(at: start + .seconds(10)) == .read(ab))
        schedule.succeeded(ab, at: start + .seconds(10))
        #expect(schedule.next(at: start + .seconds(11)) == .wait(until: start + .seconds(14)))
    }

    @Test("One reading at a time, and not in a rush")
    func pace() {
        var schedule = schedule([ab, cd])
        #expect(schedule.next(at: start) == .read(ab))
        schedule.succeeded(ab, at: start)
        #expect(schedule.next(at: start) == .wait(until: start + .milliseconds(20)))
        #expect(schedule.next(at: start + .milliseconds(20)) == .read(cd))
    }

    @Test("A reading that ends when its nodes agree again is not repeated")
    func overtaken() {
        var schedule = schedule([ab])
        schedule.follow([], at: start)
        schedule.succeeded(ab, at: start)
        #expect(schedule.next(at: start + .seconds(60)) == .idle)
    }

    @Test("Failures are repeated after pauses that grow to a minute, whoever is at odds")
    func backOff() {
        var schedule = schedule([ab])
        var now = start
        var pauses: [Int] = []
        for _ in 0..<8 {
            schedule.failed(.other, at: now)
            schedule.follow([ab, cd], at: now)
            guard case .wait(let moment) = schedule.next(at: now) else { break }
            pauses.append(Int(((moment - now) / .milliseconds(1)).rounded()))
            now = moment
            #expect(schedule.next(at: now) == .read(ab))
        }
        #expect(pauses == [1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000])
        schedule.succeeded(ab, at: now)
        schedule.failed(.other, at: now)
        #expect(schedule.next(at: now) == .wait(until: now + .seconds(1)))
    }

    @Test("Without the right to read them it is tried again after minutes only")
    func forbidden() {
        var schedule = schedule([ab])
        schedule.failed(.forbidden, at: start)
        #expect(schedule.next(at: start + .seconds(299)) == .wait(until: start + .seconds(300)))
        #expect(schedule.next(at: start + .seconds(300)) == .read(ab))
    }
}
