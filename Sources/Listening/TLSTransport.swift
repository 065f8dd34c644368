import EventLoop
import TLS

/// TLS on a scraper's connection. Nothing waits here: who reads or writes waits for the channel, then calls again.
final class TLSTransport {
    let session: TLSServerSession
    private let channel: Channel
    private let pool: BufferPool
    /// Records that the socket did not take yet; borrowed for as long as there are any.
    private var outgoing: ByteBuffer?
    /// The plain bytes of a record. One record at a time, since OpenSSL keeps room for all that it encrypted at once.
    private static let recordLength = 16 * 1024
    private static let recordSpace = recordLength + 512

    init(_ session: TLSServerSession, over channel: Channel, _ pool: BufferPool) {
        self.session = session
        self.channel = channel
        self.pool = pool
    }

    // MARK: Reading

    /// Reads what is there, decrypted, into `space`.
    func read(into space: UnsafeMutableRawBufferPointer) -> IOResult {
        while true {
            let outcome: TLSReadOutcome
            do throws(TLSError) {
                var plain = unsafe space.bindMemory(to: UInt8.self).mutableSpan
                outcome = try session.read(into: &plain)
            } catch {
                // The alert that says why, if the socket takes it.
                _ = flush()
                return .endOfStream
            }
            switch outcome {
            case .bytes(let count): return .moved(count)
            case .closed: return .endOfStream
            case .wantsInput:
                let received = receive()
                guard case .moved = received else { return received }
            }
        }
    }

    /// Takes records from the socket.
    func receive() -> IOResult {
        let buffer = pool.borrow()
        defer { pool.giveBack(buffer) }
        // OpenSSL keeps room for the most that it was ever given, and thousands of connections may idle.
        let space = unsafe UnsafeMutableRawBufferPointer(rebasing: buffer.freeSpace[..<Self.recordLength])
        let result = unsafe channel.read(into: space)
        switch result {
        case .moved(let count):
            buffer.filled(count)
            receive(buffer)
        case .endOfStream: session.receiveEnd()
        case .wouldBlock, .failed: break
        }
        return result
    }

    /// Takes records that were read already.
    func receive(_ buffer: ByteBuffer) { unsafe session.receive(buffer.bytes.bindMemory(to: UInt8.self).span) }

    // MARK: Writing

    /// Whether a whole frame of HTTP/2, of 16 KB at most, can be encrypted now.
    var hasRoom: Bool { space >= 2 * Self.recordSpace }

    private var space: Int {
        (outgoing.map { $0.capacity - $0.count } ?? BufferPool.bufferSize) - session.pendingOutput
    }

    /// Encrypts as many of the bytes as there is room for.
    /// - Returns: how many.
    func encrypt(_ bytes: UnsafeRawBufferPointer) throws(TLSError) -> Int {
        var taken = 0
        while taken < bytes.count, space >= Self.recordSpace {
            let end = min(taken + Self.recordLength, bytes.count)
            let piece = unsafe UnsafeRawBufferPointer(rebasing: bytes[taken..<end])
            try unsafe session.write(piece.bindMemory(to: UInt8.self).span)
            collect()
            taken = end
        }
        return taken
    }

    private func collect() {
        guard session.pendingOutput > 0 else { return }
        let buffer = outgoing ?? pool.borrow()
        outgoing = buffer
        if buffer.space < session.pendingOutput { buffer.compact() }
        guard buffer.space > 0 else { return }
        var free = unsafe buffer.freeSpace.bindMemory(to: UInt8.self).mutableSpan
        buffer.filled(session.takeOutput(into: &free))
    }

    /// Sends what was encrypted. `.moved`: all of it is gone.
    func flush() -> IOResult {
        while true {
            collect()
            guard let buffer = outgoing else { return .moved(0) }
            switch unsafe channel.write(buffer.bytes) {
            case .moved(let count):
                buffer.consume(count)
                guard buffer.isEmpty else { continue }
                pool.giveBack(buffer)
                outgoing = nil
                if session.pendingOutput == 0 { return .moved(0) }
            case let other: return other
            }
        }
    }

    /// The connection is over: what is left goes nowhere.
    func giveBack() {
        if let outgoing { pool.giveBack(outgoing) }
        outgoing = nil
    }
}
