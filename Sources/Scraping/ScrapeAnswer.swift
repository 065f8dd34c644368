package import Addressing
package import Connections
package import EventLoop
package import HTTP

/// An answer whose head is read and whose body is on its way.
package final class ScrapeAnswer {
    /// Bytes left free before the body, for the head that goes to the scraper.
    package static let headroom = 4096

    package let head: ResponseHead
    package let framing: BodyFraming
    /// Body bytes that were read and not yet passed on.
    package private(set) var buffer: ByteBuffer
    package private(set) var framer: BodyFramer
    package let connection: UpstreamConnection
    private let client: ScrapeClient
    private var isEnded = false
    /// Bytes; see `wakeOnlyForMuch`.
    private var wakesFor = 1
    /// Most of a buffer.
    private static let worthWaking = 96 * 1024
    /// Below, the two calls that it takes cost more than a wake-up.
    private static let worthAsking = 32 * 1024

    init(
        head: ResponseHead, framing: BodyFraming, framer: BodyFramer, connection: UpstreamConnection,
        buffer: ByteBuffer, client: ScrapeClient
    ) {
        self.head = head
        self.framing = framing
        self.framer = framer
        self.connection = connection
        self.buffer = buffer
        self.client = client
    }

    package var address: SocketAddress { connection.address }

    package var isComplete: Bool { framer.isAtEnd }

    /// How many of the buffer's bytes are the body's, framing included.
    package func bodyBytesInBuffer() throws(ScrapeError) -> Int {
        do throws(HTTPError) {
            return try unsafe framer.advance(over: buffer.bytes)
        } catch { throw .broken(connection.address, error.text) }
    }

    /// The same, and shows the body's bytes without framing.
    package func bodyBytesInBuffer(
        showing look: (UnsafeRawBufferPointer) -> Void
    ) throws(ScrapeError) -> Int {
        var position = 0
        while let run = try nextData(from: &position) {
            unsafe look(UnsafeRawBufferPointer(rebasing: buffer.bytes[run]))
        }
        return position
    }

    /// The next run of body bytes, without framing, among the buffer's bytes from `position` on, which moves behind it.
    package func nextData(from position: inout Int) throws(ScrapeError) -> Range<Int>? {
        do throws(HTTPError) {
            return try unsafe framer.nextData(in: buffer.bytes, from: &position)
        } catch { throw .broken(connection.address, error.text) }
    }

    /// Takes the framing out of what the buffer holds, so that the body's bytes there are one run: a kubelet sends chunks of 2 KB,
    /// and what becomes of the bytes costs less in larger pieces.
    ///
    /// - Returns: the run, which lies among the buffer's bytes, and how many of these, from the first one, are dealt with.
    package func unframed() throws(ScrapeError) -> (run: Range<Int>, end: Int) {
        var position = 0
        var whole: Range<Int>?
        while let run = try nextData(from: &position) {
            guard let before = whole else {
                whole = run
                continue
            }
            buffer.move(run, to: before.upperBound)
            whole = before.lowerBound..<before.upperBound + run.count
        }
        return (whole ?? 0..<0, position)
    }

    /// Empties the buffer and reads more into it, or into another one: while there is nothing to read, others have the use of
    /// it, so that few and warm ones serve many scrapes.
    package func readMore(waitingWith parker: Parker) async throws(ScrapeError) {
        buffer.clear()
        let count: Int
        do throws(ConnectionError) {
            if !connection.mayHaveBytes {
                client.giveBack(buffer)
                buffer = client.noBuffer
                wakeOnlyForMuch()
                try await connection.waitForBytes(waitingWith: parker)
                buffer = client.borrow()
            }
            count = try await connection.fill(buffer, waitingWith: parker)
        } catch { throw ScrapeError(error, connection.address, during: .body) }
        guard count > 0 else {
            throw .broken(connection.address, "the kubelet closed the connection inside the body")
        }
    }

    // MARK: Passing the body on unseen

    /// A pipe, where the rest of the body may go through one: it is plain, without framing, and long enough to be worth it. The
    /// caller ends with `giveBack`.
    package func pipeForRest() -> SplicePipe? {
        guard !connection.isTLS, buffer.isEmpty, let rest = framer.unframedRest, rest >= SplicePipe.size,
            let pipe = client.borrowPipe()
        else { return nil }
        client.giveBack(buffer)
        buffer = client.noBuffer
        return pipe
    }

    /// Reads more of the body into an empty pipe.
    ///
    /// - Returns: how many bytes.
    package func fill(_ pipe: SplicePipe, waitingWith parker: Parker) async throws(ScrapeError) -> Int {
        let channel = connection.channel
        while let rest = framer.unframedRest {
            switch pipe.fill(from: channel, atMost: rest) {
            case .moved(let count):
                framer.passed(count)
                return count
            case .wouldBlock:
                wakeOnlyForMuch(SplicePipe.size)
                do throws(ConnectionError) { try await connection.waitForBytes(waitingWith: parker) } catch {
                    throw ScrapeError(error, address, during: .body)
                }
            case .endOfStream: throw .broken(address, "the kubelet closed the connection inside the body")
            case .failed(let error): throw .broken(address, "\(error)")
            }
        }
        return 0
    }

    /// Where it is known how much is still to come, the kernel need not wake anybody for a little of it.
    private func wakeOnlyForMuch(_ much: Int = worthWaking) {
        guard let rest = framer.unframedRest else { return }
        wake(onlyFor: rest < Self.worthAsking ? 1 : min(rest, much))
    }

    private func wake(onlyFor bytes: Int) {
        guard bytes != wakesFor else { return }
        wakesFor = bytes
        connection.channel.wake(onlyFor: bytes)
    }

    package func giveBack(_ pipe: SplicePipe) { client.giveBack(pipe) }

    // MARK: The end

    private func end() {
        isEnded = true
        if isComplete { connection.lastAnswer = client.now }
    }

    /// The body was read to its end and passed on: the connection may carry the next scrape.
    package func finish() {
        guard !isEnded else { return }
        end()
        wake(onlyFor: 1)
        // Bytes behind the end were asked for by nobody: whatever they are, they can't be trusted.
        if mayCarryMore, buffer.isEmpty { client.keep(connection) } else { connection.close() }
        client.giveBack(buffer)
    }

    /// Whether another request may be sent over the connection while the bytes of this answer wait in the buffer.
    package var mayCarryMore: Bool { framer.isAtEnd && head.keepsAlive && !connection.isClosed }

    /// Ends it and leaves the connection to the caller.
    ///
    /// - Returns: whether it is fit for more; closed otherwise.
    package func release() -> Bool {
        guard !isEnded else { return false }
        end()
        wake(onlyFor: 1)
        let isFit = mayCarryMore && buffer.isEmpty
        if !isFit { connection.close() }
        client.giveBack(buffer)
        return isFit
    }

    /// Ends it anywhere: the kubelet notices at once.
    package func abandon() {
        guard !isEnded else { return }
        isEnded = true
        connection.close()
        client.giveBack(buffer)
    }
}
