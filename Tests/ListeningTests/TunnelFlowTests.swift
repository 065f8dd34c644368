import Testing

@testable import Listening

@Suite("One direction of a tunnel")
struct TunnelFlowTests {
    private typealias Step = TunnelFlow.Step

    /// A flow to which this happened.
    private func flow(_ change: (inout TunnelFlow) -> Void) -> TunnelFlow {
        var flow = TunnelFlow()
        change(&flow)
        return flow
    }

    private func step(_ flow: TunnelFlow, bytes: Bool, room: Bool) -> Step {
        flow.nextStep(sourceHasBytes: bytes, sinkTakesBytes: room)
    }

    @Test("reads when there is something, and waits for it otherwise; whether the sink has room does not matter yet")
    func reading() {
        let flow = TunnelFlow()
        for room in [true, false] {
            #expect(step(flow, bytes: true, room: room) == .read)
            #expect(step(flow, bytes: false, room: room) == .waitForSource)
        }
    }

    @Test("writes all it has read before it reads on: a sink that takes nothing stops its source")
    func backPressure() {
        var flow = flow { $0.didRead(10) }
        #expect(step(flow, bytes: true, room: true) == .write)
        #expect(step(flow, bytes: true, room: false) == .waitForSink)
        flow.didWrite(9)
        #expect(step(flow, bytes: true, room: true) == .write)
        flow.didWrite(1)
        #expect(step(flow, bytes: true, room: true) == .read)
    }

    @Test("begins with the bytes that came before it was there")
    func early() {
        let flow = TunnelFlow(unsent: 5)
        #expect(step(flow, bytes: true, room: true) == .write)
        #expect(step(flow, bytes: true, room: false) == .waitForSink)
    }

    @Test("hands the end of the stream on behind the last byte, once, and is over then")
    func end() {
        var flow = flow {
            $0.didRead(3)
            $0.sourceDidEnd()
        }
        #expect(step(flow, bytes: true, room: false) == .waitForSink)
        #expect(step(flow, bytes: true, room: true) == .write)
        flow.didWrite(3)
        #expect(step(flow, bytes: true, room: false) == .halfClose)
        #expect(!flow.isOver)
        flow.didHalfClose()
        #expect(flow.isOver)
        #expect(step(flow, bytes: true, room: true) == .nothing)
    }
}

@Suite("Both directions of a tunnel")
struct TunnelStateTests {
    @Test("are over when both are, in whatever order", arguments: [true, false])
    func over(upstreamFirst: Bool) {
        var state = TunnelState(unsent: 0, now: 0)
        let paths = [\TunnelState.upstream, \TunnelState.downstream]
        for path in upstreamFirst ? paths : paths.reversed() {
            #expect(!state.isOver)
            state[keyPath: path].sourceDidEnd()
            state[keyPath: path].didHalfClose()
        }
        #expect(state.isOver)
    }

    struct Case: Sendable {
        let story: String
        /// What moved, and when.
        let moved: [(TunnelDirection, at: UInt64)]
        var unsentDownstream = 0
        let now: UInt64
        let isIdle: Bool
    }

    @Test(
        "seem idle a second behind the last bytes of an answer, and never between a request and its answer",
        arguments: [
            Case(story: "just opened", moved: [], now: 10_000, isIdle: false),
            Case(story: "opened for nothing", moved: [], now: 11_000, isIdle: true),
            Case(story: "asked", moved: [(.upstream, 10_000)], now: 10_500, isIdle: false),
            Case(story: "a slow kubelet", moved: [(.upstream, 10_000)], now: 60_000, isIdle: false),
            Case(story: "answering", moved: [(.upstream, 10_000), (.downstream, 20_000)], now: 20_999, isIdle: false),
            Case(story: "answered", moved: [(.upstream, 10_000), (.downstream, 20_000)], now: 21_000, isIdle: true),
            Case(
                story: "asked again", moved: [(.downstream, 20_000), (.upstream, 20_500)], now: 30_000, isIdle: false),
            Case(
                story: "a scraper that takes nothing", moved: [(.upstream, 10_000), (.downstream, 10_100)],
                unsentDownstream: 1, now: 30_000, isIdle: false),
        ])
    func idle(_ row: Case) {
        var state = TunnelState(unsent: 0, now: 10_000)
        for (direction, moment) in row.moved { state.didMove(direction, at: moment) }
        if row.unsentDownstream > 0 { state.downstream.didRead(row.unsentDownstream) }
        #expect(state.isIdle(at: row.now) == row.isIdle, "\(row.story)")
    }
}
