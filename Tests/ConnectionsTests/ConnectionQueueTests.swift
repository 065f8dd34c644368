import EventLoop
import Testing

@testable import Connections

/// Scrapes that want connections, without I/O: each is a name, each connection a number.
private final class Rush {
    private var queue: ConnectionQueue<String, Int>
    private var waiters: [String: ConnectionQueue<String, Int>.Waiter] = [:]
    private var keys: [String: String] = [:]
    /// How often the loop was asked for a turn since the last one.
    private(set) var turnsAskedFor = 0
    private(set) var log: [String] = []

    init(dialLimit: Int = 1) {
        queue = ConnectionQueue(dialLimit: dialLimit) { _ in }
        queue = ConnectionQueue(dialLimit: dialLimit) { [unowned self] _ in turnsAskedFor += 1 }
    }

    var isEmpty: Bool { queue.isEmpty }

    func joins(_ name: String, _ kubelet: String, takesUsed: Bool = true) {
        keys[name] = kubelet
        guard let waiter = queue.join(kubelet, takesUsed: takesUsed, wake: { [unowned self] in tell(name) }) else {
            log.append("\(name) dials")
            return
        }
        waiters[name] = waiter
    }

    private func tell(_ name: String) {
        switch waiters[name]?.result {
        case .dial: log.append("\(name) dials")
        case .used(let number): log.append("\(name) takes \(number)")
        case .failed: log.append("\(name) fails")
        case nil: log.append("\(name) woke for nothing")
        }
    }

    func turn() {
        guard turnsAskedFor > 0 else { return log.append("nobody asked for a turn") }
        turnsAskedFor = 0
        queue.turn()
    }

    func leaves(_ name: String) { if let waiter = waiters[name] { queue.leave(waiter) } }
    func connects(_ name: String) { queue.dialEnded(keys[name] ?? "") }
    func fails(_ name: String, _ error: ConnectionError = .unreachable("refused")) {
        queue.dialEnded(keys[name] ?? "", error)
    }
    func givesBack(_ number: Int, to kubelet: String) {
        if !queue.offer(number, to: kubelet) { log.append("\(number) idles") }
    }
}

@Suite("Who waits for a connection")
struct ConnectionQueueTests {
    @Test("dials at once where nobody waits")
    func alone() {
        let rush = Rush()
        rush.joins("a", "k1")
        #expect(rush.log == ["a dials"])
        rush.connects("a")
        #expect(rush.isEmpty)
    }

    @Test("dials in its order, one a turn of the loop")
    func order() {
        let rush = Rush()
        for (name, kubelet) in [("a", "k1"), ("b", "k2"), ("c", "k3")] { rush.joins(name, kubelet) }
        #expect(rush.log == ["a dials"])
        rush.turn()
        #expect(rush.log == ["a dials", "b dials"])
        rush.turn()
        rush.turn()
        #expect(rush.log == ["a dials", "b dials", "c dials"])
        #expect(rush.turnsAskedFor == 0)
        rush.joins("d", "k4")
        #expect(rush.log.last == "d dials")
    }

    @Test("waits for no dial to another kubelet to end, however long it takes")
    func deadKubelets() {
        let rush = Rush()
        for number in 0..<10 { rush.joins("dead\(number)", "k\(number)") }
        rush.joins("alive", "k10")
        for _ in 0..<10 { rush.turn() }
        #expect(rush.log.last == "alive dials")
    }

    @Test("takes what is given back before its turn comes")
    func givenBack() {
        let rush = Rush()
        rush.joins("a", "k1")
        rush.joins("b", "k1")
        rush.joins("c", "k1")
        rush.turn()
        #expect(rush.log == ["a dials"], "one dial to a kubelet at a time")
        rush.connects("a")
        rush.givesBack(7, to: "k1")
        #expect(rush.log == ["a dials", "b takes 7"])
        rush.givesBack(7, to: "k1")
        rush.givesBack(7, to: "k1")
        #expect(rush.log.suffix(2) == ["c takes 7", "7 idles"])
        #expect(rush.isEmpty)
        rush.turn()
        #expect(rush.log.last == "7 idles", "whoever was served doesn't dial as well")
    }

    @Test("dials itself once the dial before it succeeded and nothing is given back")
    func second() {
        let rush = Rush()
        rush.joins("a", "k1")
        rush.joins("b", "k1")
        rush.turn()
        rush.connects("a")
        rush.turn()
        #expect(rush.log == ["a dials", "b dials"])
    }

    @Test("gets no used connection where it wants a new one")
    func fresh() {
        let rush = Rush()
        rush.joins("a", "k1")
        rush.joins("b", "k1", takesUsed: false)
        rush.joins("c", "k1")
        rush.givesBack(7, to: "k1")
        #expect(rush.log == ["a dials", "c takes 7"])
    }

    @Test("fails with the dial that it waited for")
    func sharedFailure() {
        let rush = Rush()
        rush.joins("a", "k1")
        rush.joins("b", "k1")
        rush.joins("c", "k2")
        rush.fails("a")
        #expect(rush.log == ["a dials", "b fails"])
        rush.turn()
        #expect(rush.log.last == "c dials")
    }

    @Test(
        "does not fail where whoever dialled was called away", arguments: [Interruption.deadline, .hungUp, .cancelled])
    func calledAway(why: Interruption) {
        let rush = Rush()
        rush.joins("a", "k1")
        rush.joins("b", "k1")
        rush.turn()
        rush.fails("a", .interrupted(why))
        rush.turn()
        #expect(rush.log == ["a dials", "b dials"])
    }

    @Test("may go away, and the next takes its place")
    func leaving() {
        let rush = Rush()
        for name in ["a", "b", "c"] { rush.joins(name, "k1") }
        rush.connects("a")
        rush.leaves("b")
        rush.turn()
        #expect(rush.log == ["a dials", "c dials"])
        rush.connects("c")
        #expect(rush.isEmpty)
    }

    @Test("dials beside others of the same key up to the limit")
    func limit() {
        let rush = Rush(dialLimit: 2)
        for name in ["a", "b", "c"] { rush.joins(name, "api") }
        rush.turn()
        #expect(rush.log == ["a dials", "b dials"])
        rush.turn()
        #expect(rush.log == ["a dials", "b dials"])
        rush.connects("a")
        rush.turn()
        #expect(rush.log.last == "c dials")
    }
}
