import EventLoop
import Glibc

/// Carries out what a `TunnelFlow` decides. A buffer is borrowed for as long as there are bytes to move, and kept while the
/// sink does not take them.
final class TunnelLane {
    let source: Channel
    private let sink: Channel
    private let pool: BufferPool
    private var buffer: ByteBuffer?

    /// - Parameter early: bytes that came before the tunnel was there; not of the pool.
    init(from source: Channel, to sink: Channel, early: ByteBuffer?, pool: BufferPool) {
        self.source = source
        self.sink = sink
        self.pool = pool
        buffer = early
    }

    func nextStep(_ flow: TunnelFlow) -> TunnelFlow.Step {
        flow.nextStep(
            sourceHasBytes: source.readiness.contains(.readable), sinkTakesBytes: sink.readiness.contains(.writable))
    }

    /// Moves what both sides allow, up to `limit` bytes or a little more.
    ///
    /// - Returns: how many bytes the sink took.
    func move(_ flow: inout TunnelFlow, atMost limit: Int) throws(SocketError) -> Int {
        var total = 0
        while total < limit {
            switch nextStep(flow) {
            case .read: try read(&flow)
            case .write: total += try write(&flow)
            case .halfClose: try halfClose(&flow)
            case .waitForSink: return total
            case .waitForSource, .nothing:
                giveBack()
                return total
            }
        }
        return total
    }

    private func read(_ flow: inout TunnelFlow) throws(SocketError) {
        let buffer = buffer ?? pool.borrow()
        self.buffer = buffer
        switch unsafe source.read(into: buffer.freeSpace) {
        case .moved(let count):
            buffer.filled(count)
            flow.didRead(count)
        case .endOfStream: flow.sourceDidEnd()
        case .wouldBlock: break
        case .failed(let error): throw error
        }
    }

    private func write(_ flow: inout TunnelFlow) throws(SocketError) -> Int {
        guard let buffer else { return 0 }
        switch unsafe sink.write(buffer.bytes) {
        case .moved(let count):
            buffer.consume(count)
            flow.didWrite(count)
            if buffer.isEmpty { buffer.clear() }
            return count
        case .wouldBlock, .endOfStream: return 0
        case .failed(let error): throw error
        }
    }

    private func halfClose(_ flow: inout TunnelFlow) throws(SocketError) {
        guard shutdown(sink.descriptor, Int32(SHUT_WR)) == 0 else { throw SocketError(errno, during: .write) }
        flow.didHalfClose()
    }

    func giveBack() {
        if let buffer { pool.giveBack(buffer) }
        buffer = nil
    }

    /// The sink's peer will see a reset, not an end, once it is closed.
    func resetSink() { sink.resetAtClose() }
}
