package import Addressing
package import EventLoop
import Glibc
package import HTTP
package import TLS

/// A scraper's connection: requests come in one after another, pipelined ones wait in the buffer until their turn.
package final class DownstreamConnection {
    package struct Limits: Sendable {
        /// Bytes of a request's head.
        package var headerSize: Int
        /// Milliseconds from a head's first byte to its last.
        package var headerTimeout: UInt64
        /// Milliseconds between requests.
        package var idleTimeout: UInt64

        package init(headerSize: Int, headerTimeout: UInt64, idleTimeout: UInt64) {
            self.headerSize = headerSize
            self.headerTimeout = headerTimeout
            self.idleTimeout = idleTimeout
        }
    }

    /// Nil: it came in by a Unix socket.
    package let peer: SocketAddress?
    /// Which of the configured listeners it came in by.
    package let listener: Int
    /// Whether it waits for a request: nothing is lost if it is closed.
    package private(set) var isIdle = false
    package let parker: Parker
    /// Heads are written here; reused from answer to answer.
    package var head = HeadWriter()
    /// The head of the request that is sent on: it may be sent again while the answer's head is written.
    package var upstreamHead = HeadWriter()
    let channel: Channel
    /// What lies between an answer's bytes and the channel.
    private var carriage = Carriage.plain
    /// Inside an intercepted tunnel: where its CONNECT wanted to go.
    package private(set) var tunnelTarget: HostAndPort?
    /// Takes the drain over from a connection that is never idle.
    var whenDraining: (() -> Void)?
    /// Whether the connection was cut: there is nothing to linger for.
    private var isCut = false
    private let loop: EventLoop
    let limits: Limits
    /// Bytes that were read and belong to no request yet. None while the connection idles: there may be thousands.
    private var buffer: ByteBuffer?
    private static let smallBuffer = 4096

    package init(
        _ accepted: AcceptedSocket, through listener: Int, on loop: EventLoop, limits: Limits
    ) throws(SocketError) {
        peer = accepted.peer
        self.listener = listener
        self.loop = loop
        self.limits = limits
        parker = Parker(loop)
        do throws(SocketError) {
            channel = try loop.channel(adopting: accepted.descriptor)
        } catch {
            _ = Glibc.close(accepted.descriptor)
            throw error
        }
    }

    /// A stream of HTTP/2, which the handler of its request sees as a connection of its own.
    init(_ stream: HTTP2Stream, of connection: DownstreamConnection) {
        peer = connection.peer
        listener = connection.listener
        channel = connection.channel
        tunnelTarget = connection.tunnelTarget
        loop = connection.loop
        limits = connection.limits
        carriage = .stream(stream)
        parker = Parker(connection.loop)
    }

    package func close() {
        if case .tls(let tls) = carriage {
            if !isCut { sayGoodbye(tls) }
            tls.giveBack()
        }
        channel.watchHangUp(with: nil)
        channel.close()
    }

    // MARK: Requests

    /// Waits for the next request's head.
    package func nextRequest() async throws(DownstreamError) -> RequestHead {
        isIdle = true
        defer { isIdle = false }
        parker.reset()
        channel.watchHangUp(with: nil)
        try await waitForFirstBytes()
        parker.setDeadline(loop.now + limits.headerTimeout)
        var scanner = HeadScanner()
        var mayBeginEmpty = true
        // The buffer may be another one after each `fill`.
        while let buffer {
            if mayBeginEmpty, dropLeadingLineBreak(buffer) { mayBeginEmpty = false }
            do throws(HTTPError) {
                if let length = try unsafe scanner.endOfHead(in: buffer.bytes, limit: limits.headerSize) {
                    return try take(length, from: buffer)
                }
            } catch { throw .refused(error) }
            try await fill()
        }
        throw .gone
    }

    /// Whether bytes of a further request are here already.
    var isPipelined: Bool { buffer != nil }

    /// A channel counts as readable until a read finds nothing: only bytes that came are a request's beginning.
    private func waitForFirstBytes() async throws(DownstreamError) {
        guard buffer == nil else { return }
        parker.setDeadline(loop.now + limits.idleTimeout)
        // What was decrypted already makes no channel readable.
        var readsAtOnce = encryption != nil
        while buffer == nil {
            if !readsAtOnce { try await waitUntilReadable(orThrow: .gone) }
            readsAtOnce = false
            let fresh = ByteBuffer(capacity: min(Self.smallBuffer, limits.headerSize))
            switch unsafe read(into: fresh.freeSpace) {
            case .moved(let count):
                fresh.filled(count)
                buffer = fresh
            case .wouldBlock: continue
            case .endOfStream, .failed: throw .gone
            }
        }
    }

    private func take(_ length: Int, from buffer: ByteBuffer) throws(HTTPError) -> RequestHead {
        let head = try unsafe RequestHead(UnsafeRawBufferPointer(rebasing: buffer.bytes[..<length]))
        buffer.consume(length)
        if buffer.isEmpty { self.buffer = nil }
        parker.clearDeadline()
        return head
    }

    /// One empty line before a request is to be ignored (RFC 9112 section 2.2).
    private func dropLeadingLineBreak(_ buffer: ByteBuffer) -> Bool {
        guard buffer.count >= 2, unsafe buffer.bytes[0] == 0x0d, unsafe buffer.bytes[1] == 0x0a else { return false }
        buffer.consume(2)
        return true
    }

    private func fill() async throws(DownstreamError) {
        guard var buffer else { return }
        if buffer.space == 0 { buffer.compact() }
        if buffer.space == 0 {
            let larger = ByteBuffer(capacity: min(buffer.capacity * 2, limits.headerSize + 1))
            unsafe larger.append(buffer.bytes)
            buffer = larger
            self.buffer = larger
        }
        while true {
            switch unsafe read(into: buffer.freeSpace) {
            case .moved(let count):
                buffer.filled(count)
                return
            case .endOfStream, .failed: throw .gone
            case .wouldBlock: try await waitUntilReadable(orThrow: buffer.isEmpty ? .gone : .headerTimeout)
            }
        }
    }

    private func read(into space: UnsafeMutableRawBufferPointer) -> IOResult {
        guard let encryption else { return unsafe channel.read(into: space) }
        return unsafe encryption.read(into: space)
    }

    private func waitUntilReadable(orThrow timeout: DownstreamError) async throws(DownstreamError) {
        do throws(Interruption) {
            try await parker.wait(for: .readable, on: channel)
        } catch {
            switch error {
            case .deadline: throw timeout
            case .hungUp: throw .gone
            case .cancelled: throw .cancelled
            }
        }
    }

    /// From here on, a scraper that goes away or the deadline (the loop's milliseconds) ends every wait.
    package func beginExchange(deadline: UInt64) {
        parker.setDeadline(deadline)
        if case .stream(let stream) = carriage { stream.watcher = parker } else { channel.watchHangUp(with: parker) }
    }

    /// An answer that began gets no proper end, so that nobody takes it for whole. Where the body's framing alone would tell,
    /// TLS must not seem to end well either; a stream of HTTP/2 is reset by itself.
    package func cutAnswer() {
        if encryption != nil { resetAtClose() }
    }

    /// From here on the connection carries bytes that are no requests.
    ///
    /// - Returns: those that came already, right behind the request.
    func beginTunnel() -> ByteBuffer? {
        parker.reset()
        stayOpen()
        // The end of its stream is handed on and ends nothing here.
        channel.watchHangUp(with: nil)
        defer { buffer = nil }
        return buffer
    }

    /// A tunnel ends when nothing moves for `idle_timeout`.
    func stayOpen() { parker.setDeadline(loop.now + limits.idleTimeout) }

    /// The scraper will see a reset, so that it takes nothing that it got for whole.
    func resetAtClose() {
        isCut = true
        channel.resetAtClose()
    }

    /// After the last answer: says that nothing follows and reads what is still on its way for a moment. Closing at once,
    /// with bytes unread, would reset the connection and might take the answer away from the peer.
    package func linger() async {
        guard !isCut else { return }
        if let encryption { await sayGoodbye(encryption, within: 1_000) }
        shutdown(channel.descriptor, Int32(SHUT_WR))
        parker.reset()
        channel.watchHangUp(with: nil)
        parker.setDeadline(loop.now + 1_000)
        let sink = ByteBuffer(capacity: Self.smallBuffer)
        for _ in 0..<1_024 {
            switch unsafe channel.read(into: sink.freeSpace) {
            case .moved: continue
            case .endOfStream, .failed: return
            case .wouldBlock:
                do throws(Interruption) { try await parker.wait(for: .readable, on: channel) } catch { return }
            }
        }
    }

    // MARK: Answers

    /// Writes the first `count` bytes of the buffer and consumes them.
    package func write(_ count: Int, of buffer: ByteBuffer) async throws(Interruption) {
        guard case .plain = carriage else {
            try await unsafe carry(UnsafeRawBufferPointer(rebasing: buffer.bytes[..<count]))
            buffer.consume(count)
            return
        }
        var left = count
        while left > 0 {
            let written = unsafe channel.write(UnsafeRawBufferPointer(rebasing: buffer.bytes[..<left]))
            let count = try await moved(written)
            buffer.consume(count)
            left -= count
        }
    }

    /// Writes an answer of our own after the exchange failed: what ended that must not end this.
    package func writeLast(_ bytes: [UInt8]) async throws(Interruption) {
        parker.reset()
        parker.setDeadline(loop.now + limits.headerTimeout)
        try await write(bytes)
    }

    /// Writes a whole small answer: head and body.
    package func write(_ bytes: [UInt8]) async throws(Interruption) {
        guard case .plain = carriage else {
            let copy = ByteBuffer(capacity: bytes.count)
            unsafe bytes.withUnsafeBytes { unsafe copy.append($0) }
            return try await write(bytes.count, of: copy)
        }
        var sent = 0
        while sent < bytes.count {
            let written = unsafe bytes.withUnsafeBytes {
                unsafe channel.write(UnsafeRawBufferPointer(rebasing: $0[sent...]))
            }
            sent += try await moved(written)
        }
    }

    /// - Parameter bytes: valid until this returns.
    package func write(_ bytes: UnsafeRawBufferPointer) async throws(Interruption) {
        guard case .plain = carriage else { return try await unsafe carry(bytes) }
        var sent = 0
        while sent < bytes.count {
            sent += try await moved(unsafe channel.write(UnsafeRawBufferPointer(rebasing: bytes[sent...])))
        }
    }

    /// How many bytes went; waits where none did.
    private func moved(_ written: IOResult) async throws(Interruption) -> Int {
        switch written {
        case .moved(let count): return count
        case .wouldBlock:
            try await parker.wait(for: .writable, on: channel)
            return 0
        case .endOfStream, .failed: throw .hungUp
        }
    }
}

// MARK: What lies between

extension DownstreamConnection {
    private enum Carriage {
        case plain
        case tls(TLSTransport)
        case stream(HTTP2Stream)
    }

    /// Nil: bytes go as they are.
    var encryption: TLSTransport? { if case .tls(let tls) = carriage { tls } else { nil } }

    /// Whether ALPN chose HTTP/2.
    var speaksHTTP2: Bool { encryption?.session.negotiatedProtocol == "h2" }

    /// From here on the scraper speaks TLS, and what it asks for is meant for `target`. Bytes that came already are taken for
    /// the beginning of its handshake.
    ///
    /// - Throws: when there is no handshake within `limits.header_timeout`, or a failed one: the connection is of no use then.
    package func startTLS(
        _ context: TLSServerContext, presenting certificate: TLSCertificate, insideTunnelTo target: HostAndPort
    ) async throws(TLSError) {
        let tls = TLSTransport(
            try TLSServerSession(context, presenting: certificate), over: channel, loop.buffers)
        carriage = .tls(tls)
        tunnelTarget = target
        if let buffer { tls.receive(buffer) }
        buffer = nil
        parker.reset()
        parker.setDeadline(loop.now + limits.headerTimeout)
        channel.watchHangUp(with: nil)
        isIdle = true
        defer { isIdle = false }
        do throws(TLSError) {
            while try !tls.session.handshake() { try await exchange(tls) }
        } catch {
            // The alert that says why.
            _ = tls.flush()
            throw error
        }
        // Tickets; whatever the socket does not take now goes out with the first answer.
        _ = tls.flush()
    }

    /// Sends what the handshake has to say, and waits for what the scraper says.
    private func exchange(_ tls: TLSTransport) async throws(TLSError) {
        do throws(Interruption) {
            while case .wouldBlock = tls.flush() { try await parker.wait(for: .writable, on: channel) }
            while true {
                switch tls.receive() {
                // The handshake itself tells what an end means.
                case .moved, .endOfStream: return
                case .wouldBlock: try await parker.wait(for: .readable, on: channel)
                case .failed: throw .hungUp
                }
            }
        } catch {
            let reason = error == .deadline ? "it took longer than limits.header_timeout" : "it was broken off"
            throw .handshakeFailed(reason: reason)
        }
    }

    /// Writes all of it; the bytes are valid until then.
    private func carry(_ bytes: UnsafeRawBufferPointer) async throws(Interruption) {
        switch carriage {
        case .plain: try await unsafe write(bytes)
        case .stream(let stream): try await unsafe stream.write(bytes, waitingWith: parker)
        case .tls(let tls):
            var taken = 0
            while true {
                let rest = unsafe UnsafeRawBufferPointer(rebasing: bytes[taken...])
                do throws(TLSError) { taken += try unsafe tls.encrypt(rest) } catch { throw .hungUp }
                switch tls.flush() {
                case .moved: if taken == bytes.count { return }
                case .wouldBlock: try await parker.wait(for: .writable, on: channel)
                case .endOfStream, .failed: throw .hungUp
                }
            }
        }
    }

    /// Tells the scraper that nothing follows (close_notify), if the socket takes it.
    private func sayGoodbye(_ tls: TLSTransport) {
        tls.session.close()
        _ = tls.flush()
    }

    private func sayGoodbye(_ tls: TLSTransport, within timeout: UInt64) async {
        tls.session.close()
        parker.reset()
        parker.setDeadline(loop.now + timeout)
        do throws(Interruption) {
            while case .wouldBlock = tls.flush() { try await parker.wait(for: .writable, on: channel) }
        } catch { return }
    }
}
