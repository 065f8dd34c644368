package import Addressing
package import Connections
package import EventLoop
import HTTP

/// Sends a scrape to a kubelet over a kept connection, or a new one, and reads the head of its answer.
package final class ScrapeClient {
    package var tls: TLSCredentials
    /// Milliseconds.
    package var connectTimeout: UInt64
    package let pool: ConnectionPool
    private let loop: EventLoop
    /// Stands for none.
    let noBuffer = ByteBuffer(capacity: 0)
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
        var takesUsed = true
        var unfitFresh = 0
        while true {
            let (connection, isFresh) = try await connection(for: request, takesUsed: takesUsed, parker)
            let isFit = try await passes(connection, check)
            let mayBeDead = !isFresh || connection.lastAnswer != nil
            if isFit, let answer = try await exchange(request, over: connection, mayBeDead: mayBeDead, parker) {
                return answer
            }
            if isFresh { unfitFresh += 1 }
            guard unfitFresh < 2 else {
                throw .broken(request.address, "the kubelet closes each connection that it is asked for /metrics on")
            }
            // A kept connection may have been closed by the kubelet just now. A GET that drew no byte of an answer from it
            // is sent once more, over a new one (spec 8.5).
            takesUsed = false
        }
    }

    /// One that is kept, one that somebody gives back while this one waits for its turn to dial, or a new one.
    private func connection(
        for request: ScrapeRequest, takesUsed: Bool, _ parker: Parker
    ) async throws(ScrapeError) -> (UpstreamConnection, isFresh: Bool) {
        if takesUsed, let kept = pool.take(request.address, isTLS: request.isTLS, owner: request.owner) {
            return (kept, false)
        }
        let key = ConnectionPool.Key(request.address, isTLS: request.isTLS, owner: request.owner)
        do throws(ConnectionError) {
            return try await pool.next(for: key, takesUsed: takesUsed, waitingWith: parker) {
                () async throws(ConnectionError) in try await dial(request, parker)
            }
        } catch { throw ScrapeError(error, request.address, during: .connecting) }
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
    ) async throws(ScrapeError) -> UpstreamConnection {
        do throws(ConnectionError) { return try await dial(request, parker) } catch {
            throw ScrapeError(error, request.address, during: .connecting)
        }
    }

    private func dial(
        _ request: ScrapeRequest, _ parker: Parker
    ) async throws(ConnectionError) -> UpstreamConnection {
        try await UpstreamConnection.dial(
            request.address, tls: request.isTLS ? tls : nil, owner: request.owner, timeout: connectTimeout, on: loop,
            waitingWith: parker)
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

    /// The loop's milliseconds.
    var now: UInt64 { loop.now }

    func keep(_ connection: UpstreamConnection) { pool.giveBack(connection) }
    func borrow() -> ByteBuffer { loop.buffers.borrow() }
    func giveBack(_ buffer: ByteBuffer) {
        if buffer !== noBuffer { loop.buffers.giveBack(buffer) }
    }
    func borrowPipe() -> SplicePipe? { loop.pipes.borrow() }
    func giveBack(_ pipe: SplicePipe) { loop.pipes.giveBack(pipe) }
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
