package import EventLoop

/// A tunnel between a scraper and a kubelet: moves bytes both ways and looks at none of them (RFC 9110 section 9.3.6).
package final class ConnectTunnel {
    package enum Ending: Sendable {
        /// Both sides ended their streams.
        case complete
        /// Nothing moved for `idle_timeout`.
        case idle
        /// A side broke, or would not take the other one's end.
        case broken(SocketError)
        /// Whoever opened the tunnel ended it.
        case cut

        /// Whether the peers must see that bytes may be missing. What runs inside may end with its connection.
        fileprivate var isAbrupt: Bool {
            switch self {
            case .complete, .idle: false
            case .broken, .cut: true
            }
        }
    }

    private var state: TunnelState
    private let scraper: DownstreamConnection
    private let up: TunnelLane
    private let down: TunnelLane
    private let loop: EventLoop
    private let didMove: (TunnelDirection, Int) -> Void
    private var endsGently = false
    /// Bytes after which a tunnel whose sides are always ready lets the loop's other tasks have their turn.
    private static let turn = 1024 * 1024

    /// The scraper's connection belongs to the tunnel from here on, and so do the bytes that came behind its request.
    ///
    /// - Parameter didMove: called with the number of bytes that a side took.
    package init(
        from scraper: DownstreamConnection, to kubelet: Channel, on loop: EventLoop,
        didMove: @escaping (TunnelDirection, Int) -> Void
    ) {
        self.scraper = scraper
        self.loop = loop
        self.didMove = didMove
        kubelet.mayBeReady()
        let early = scraper.beginTunnel()
        state = TunnelState(unsent: early?.count ?? 0, now: loop.now)
        up = TunnelLane(from: scraper.channel, to: kubelet, early: early, pool: loop.buffers)
        down = TunnelLane(from: kubelet, to: scraper.channel, early: nil, pool: loop.buffers)
    }

    /// Whether no scrape seems to be under way inside.
    package var isIdle: Bool { state.isIdle(at: loop.now) }

    /// Ends it from outside, on the loop's thread.
    ///
    /// - Parameter abruptly: both peers see a reset; otherwise the end of the stream.
    package func end(abruptly: Bool) {
        endsGently = !abruptly
        scraper.parker.fail(.cancelled)
    }

    /// Moves bytes until the end. The caller closes both connections then.
    package func run() async -> Ending {
        let ending = await moveUntilEnd()
        up.giveBack()
        down.giveBack()
        if ending.isAbrupt {
            up.resetSink()
            scraper.resetAtClose()
        }
        return ending
    }

    private func moveUntilEnd() async -> Ending {
        do throws(SocketError) {
            while true {
                let movedUp = try up.move(&state.upstream, atMost: Self.turn)
                if movedUp > 0 { note(movedUp, .upstream) }
                let movedDown = try down.move(&state.downstream, atMost: Self.turn)
                if movedDown > 0 { note(movedDown, .downstream) }
                if state.isOver { return .complete }
                if movedUp + movedDown >= Self.turn {
                    await Task.yield()
                    if scraper.parker.interruption == nil { continue }
                }
                do throws(Interruption) { try await wait() } catch { return ending(error) }
            }
        } catch { return .broken(error) }
    }

    private func note(_ count: Int, _ direction: TunnelDirection) {
        state.didMove(direction, at: loop.now)
        scraper.stayOpen()
        didMove(direction, count)
    }

    private func wait() async throws(Interruption) {
        var (fromScraper, fromKubelet): (Readiness, Readiness) = ([], [])
        switch up.nextStep(state.upstream) {
        case .waitForSource: fromScraper.insert(.readable)
        case .waitForSink: fromKubelet.insert(.writable)
        case .read, .write, .halfClose: return
        case .nothing: break
        }
        switch down.nextStep(state.downstream) {
        case .waitForSource: fromKubelet.insert(.readable)
        case .waitForSink: fromScraper.insert(.writable)
        case .read, .write, .halfClose: return
        case .nothing: break
        }
        try await scraper.parker.wait(for: fromScraper, on: up.source, or: fromKubelet, on: down.source)
    }

    private func ending(_ interruption: Interruption) -> Ending {
        switch interruption {
        case .deadline: .idle
        case .cancelled where endsGently: .idle
        case .cancelled, .hungUp: .cut
        }
    }
}
