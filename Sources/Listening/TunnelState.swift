/// Both directions of a tunnel and its clock, decided without I/O. Moments are the loop's milliseconds.
struct TunnelState: Equatable {
    private(set) var quietSince: UInt64
    private(set) var lastMoved: TunnelDirection
    var upstream: TunnelFlow
    var downstream = TunnelFlow()
    /// How long nothing must have moved, after an answer, before it counts as whole. A kubelet collects an answer before it
    /// sends it, so it pauses between a request and its answer, and hardly inside one.
    private static let pauseAfterAnswer: UInt64 = 1_000

    /// - Parameter unsent: bytes that came right behind the request for the tunnel.
    init(unsent: Int, now: UInt64) {
        quietSince = now
        lastMoved = .downstream
        upstream = TunnelFlow(unsent: unsent)
    }

    mutating func didMove(_ direction: TunnelDirection, at now: UInt64) {
        quietSince = now
        lastMoved = direction
    }

    /// Both streams came to their end and were handed on whole.
    var isOver: Bool { upstream.isOver && downstream.isOver }

    /// Whether no scrape seems to be under way inside, of which only the flow of bytes tells: nothing is lost if it ends.
    func isIdle(at now: UInt64) -> Bool {
        upstream.unsent == 0 && downstream.unsent == 0 && lastMoved == .downstream
            && now >= quietSince + Self.pauseAfterAnswer
    }
}
