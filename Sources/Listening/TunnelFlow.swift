/// A way through a tunnel, named for where its bytes go.
package enum TunnelDirection: String, Sendable, CaseIterable {
    /// From the scraper to the kubelet.
    case upstream
    /// From the kubelet to the scraper.
    case downstream
}

/// One direction of a tunnel, decided without I/O: nothing is read while bytes wait to be written, so a side that takes
/// nothing stops the other one. The end of the source's stream is handed on (half-close), and the other direction goes on.
struct TunnelFlow: Equatable {
    enum Step: Equatable {
        case read
        case write
        /// Tell the sink that nothing follows.
        case halfClose
        /// Until the sink takes bytes again.
        case waitForSink
        /// Until the source has bytes, or ends.
        case waitForSource
        case nothing
    }

    /// Bytes that were read and not yet written.
    private(set) var unsent = 0
    private(set) var isSourceAtEnd = false
    /// Nothing moves in this direction any more.
    private(set) var isOver = false

    /// - Parameter unsent: bytes that came before the tunnel was there.
    init(unsent: Int = 0) { self.unsent = unsent }

    func nextStep(sourceHasBytes: Bool, sinkTakesBytes: Bool) -> Step {
        if isOver { return .nothing }
        if unsent > 0 { return sinkTakesBytes ? .write : .waitForSink }
        if isSourceAtEnd { return .halfClose }
        return sourceHasBytes ? .read : .waitForSource
    }

    mutating func didRead(_ count: Int) { unsent += count }

    mutating func didWrite(_ count: Int) { unsent -= count }

    /// What was read before is still to be written.
    mutating func sourceDidEnd() { isSourceAtEnd = true }

    mutating func didHalfClose() { isOver = true }
}
