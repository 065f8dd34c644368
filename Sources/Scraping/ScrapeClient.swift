package import Addressing
package import Connections
package import EventLoop
package import HTTP

/// Sends a scrape to a kubelet over a kept connection, or a new one, and reads the head of its answer.
package final class ScrapeClient {
    package var tls: TLSCredentials
    /// Milliseconds.
    package var connectTimeout: UInt64
    package let pool: ConnectionPool
    private let loop: EventLoop
    /// Stands for none.
    fileprivate let noBuffer = ByteBuffer(capacity: 0)
    private static let maximumHead = 64 * 1024

    package init(_ loop: EventLoop, tls: TLSCredentials, connectTimeout: UInt64, idleTimeout: UInt64) {
        self.loop = loop
        self.tls = tls
        self.connectTimeout = connectTimeout
        pool = ConnectionPool(loop, idleTimeout: idleTimeout)
    }

    /// - Parameters:
    ///   - parker: carries the scrape's deadline and watches the scraper.
    ///   - check: called with the connection before anything is sent; it may talk on it. False: it was not fit for more, and
    ///     another one is wanted. An error ends the scrape.
    /// - Returns: the answer; its body is still on its way. The caller ends it with `finish` or `abandon`.
    package func scrape(
        _ request: ScrapeRequest, waitingWith parker: Parker,
        after check: (UpstreamConnection) async throws(ScrapeError) -> Bool
    ) async throws(ScrapeError) -> ScrapeAnswer {
        if let kept = pool.take(request.address, isTLS: request.isTLS, owner: request.owner) {
            // A kept connection may have been closed by the kubelet just now. A GET that drew no byte of an answer from it
            // is sent once more, over a new one (spec 8.5).
            if try await passes(kept, check),
                let answer = try await exchange(request, over: kept, mayBeDead: true, parker)
            {
                return answer
            }
        }
        var fresh = try await dial(request, parker)
        if try await !passes(fresh, check) {
            fresh = try await dial(request, parker)
            guard try await passes(fresh, check) else {
                throw .broken(request.address, "the kubelet closes each connection that it is asked for /metrics on")
            }
        }
        guard let answer = try await exchange(request, over: fresh, mayBeDead: false, parker) else {
            throw .broken(request.address, "the kubelet closed the connection without an answer")
        }
        return answer
    }

    private func passes(
        _ connection: UpstreamConnection, _ check: (UpstreamConnection) async throws(ScrapeError) -> Bool
    ) async throws(ScrapeError) -> Bool {
        do throws(ScrapeError) {
            if try await check(connection) { return true }
        } catch {
            connection.close()
            throw error
        }
        connection.close()
        return false
    }

    /// Sends a request of the proxy's own over a connection that is in nobody's use. The caller ends it with `release`.
    ///
    /// - Returns: nil when the connection turned out dead before any byte of an answer.
    package func ask(
        _ request: ScrapeRequest, over connection: UpstreamConnection, waitingWith parker: Parker
    ) async throws(ScrapeError) -> ScrapeAnswer? {
        try await exchange(request, over: connection, mayBeDead: true, parker)
    }

    /// A new connection, for the caller to close.
    package func connect(
        _ request: ScrapeRequest, waitingWith parker: Parker
    ) async throws(ScrapeError) -> UpstreamConnection { try await dial(request, parker) }

    private func dial(_ request: ScrapeRequest, _ parker: Parker) async throws(ScrapeError) -> UpstreamConnection {
        do throws(ConnectionError) {
            return try await UpstreamConnection.dial(
                request.address, tls: request.isTLS ? tls : nil, owner: request.owner, timeout: connectTimeout,
                on: loop, waitingWith: parker)
        } catch { throw ScrapeError(error, request.address, during: .connecting) }
    }

    /// Nil: the connection was dead before any byte of an answer, and it `mayBeDead`.
    private func exchange(
        _ request: ScrapeRequest, over connection: UpstreamConnection, mayBeDead: Bool, _ parker: Parker
    ) async throws(ScrapeError) -> ScrapeAnswer? {
        // Borrowed when there is something to read, not while a kubelet takes its time.
        var buffer = noBuffer
        do throws(ConnectionError) {
            try await connection.send(request: request.head, waitingWith: parker)
            try await connection.waitForBytes(waitingWith: parker)
            buffer = loop.buffers.borrow()
            // Room to put the head for the scraper before the first bytes of the body: both then go out in one call.
            buffer.clear(leaving: ScrapeAnswer.headroom)
            let head = try await readHead(buffer, connection, request, parker)
            return try answer(head, to: request, connection, buffer)
        } catch {
            // A head that was read and refused is consumed, and was drawn all the same.
            let drewNothing = buffer === noBuffer || buffer.end == ScrapeAnswer.headroom
            giveBack(buffer)
            connection.close()
            if case .broken(let message) = error {
                if mayBeDead, drewNothing, !request.isHead { return nil }
                throw .broken(request.address, message)
            }
            throw ScrapeError(error, request.address, during: .head)
        }
    }

    private func readHead(
        _ buffer: ByteBuffer, _ connection: UpstreamConnection, _ request: ScrapeRequest, _ parker: Parker
    ) async throws(ConnectionError) -> ResponseHead {
        var scanner = HeadScanner()
        while true {
            guard try await connection.fill(buffer, waitingWith: parker) > 0 else {
                throw .broken(
                    buffer.isEmpty
                        ? "the kubelet closed the connection without an answer"
                        : "the kubelet closed the connection inside the head of its answer")
            }
            do throws(HTTPError) {
                while let length = try unsafe scanner.endOfHead(in: buffer.bytes, limit: Self.maximumHead) {
                    let head = try unsafe ResponseHead(UnsafeRawBufferPointer(rebasing: buffer.bytes[..<length]))
                    buffer.consume(length)
                    // Interim answers (RFC 9110 section 15.2) are not for the scraper, which asked for none.
                    guard head.status < 200 else { return head }
                    guard head.status != 101 else { throw .malformed("the kubelet switched protocols unasked") }
                    scanner = HeadScanner()
                }
            } catch { throw .broken(error.text) }
        }
    }

    private func answer(
        _ head: ResponseHead, to request: ScrapeRequest, _ connection: UpstreamConnection, _ buffer: ByteBuffer
    ) throws(ConnectionError) -> ScrapeAnswer {
        do throws(HTTPError) {
            let framing = try head.bodyFraming(toHead: request.isHead)
            guard let framer = BodyFramer(framing) else {
                throw .malformed("the answer tells no length: a cut could not be told from its end")
            }
            return ScrapeAnswer(
                head: head, framing: framing, framer: framer, connection: connection, buffer: buffer, client: self)
        } catch { throw .broken(error.text) }
    }

    fileprivate func keep(_ connection: UpstreamConnection) { pool.giveBack(connection) }
    fileprivate func borrow() -> ByteBuffer { loop.buffers.borrow() }
    fileprivate func giveBack(_ buffer: ByteBuffer) {
        if buffer !== noBuffer { loop.buffers.giveBack(buffer) }
    }
}

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

    fileprivate init(
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
                try await connection.waitForBytes(waitingWith: parker)
                buffer = client.borrow()
            }
            count = try await connection.fill(buffer, greedily: true, waitingWith: parker)
        } catch { throw ScrapeError(error, connection.address, during: .body) }
        guard count > 0 else {
            throw .broken(connection.address, "the kubelet closed the connection inside the body")
        }
    }

    /// The body was read to its end and passed on: the connection may carry the next scrape.
    package func finish() {
        guard !isEnded else { return }
        isEnded = true
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
        isEnded = true
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

extension ScrapeError {
    package init(_ error: ConnectionError, _ address: SocketAddress, during phase: Phase) {
        self =
            switch error {
            case .unreachable(let message): .unreachable(address, message)
            case .connectTimeout(let milliseconds):
                .unreachable(address, "no connection within \(milliseconds) ms (upstream.connect_timeout)")
            case .broken(let message): .broken(address, message)
            case .interrupted(.deadline): .timeout(address, during: phase)
            case .interrupted(.hungUp): .downstreamGone
            case .interrupted(.cancelled): .cancelled
            }
    }
}
