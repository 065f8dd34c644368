package import Addressing
package import EventLoop
import Glibc
package import HTTP
import TLS

/// A scraper's connection, from accept to close. How requests are read from it, answers written to it, and what TLS changes stands
/// in files of their own.
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
    package internal(set) var isIdle = false
    package let parker: Parker
    /// Heads are written here; reused from answer to answer.
    package var head = HeadWriter()
    /// The head of the request that is sent on: it may be sent again while the answer's head is written.
    package var upstreamHead = HeadWriter()
    let channel: Channel
    /// What lies between an answer's bytes and the channel.
    var carriage = Carriage.plain
    /// Inside an intercepted tunnel: where its CONNECT wanted to go.
    package internal(set) var tunnelTarget: HostAndPort?
    /// Takes the drain over from a connection that is never idle.
    var whenDraining: (() -> Void)?
    /// Whether the connection was cut: there is nothing to linger for.
    private var isCut = false
    let loop: EventLoop
    let limits: Limits
    /// Bytes that were read and belong to no request yet. None while the connection idles: there may be thousands.
    var buffer: ByteBuffer?

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
        let sink = loop.smallBuffers.borrow()
        defer { loop.smallBuffers.giveBack(sink) }
        for _ in 0..<1_024 {
            switch unsafe channel.read(into: sink.freeSpace) {
            case .moved: continue
            case .endOfStream, .failed: return
            case .wouldBlock:
                do throws(Interruption) { try await parker.wait(for: .readable, on: channel) } catch { return }
            }
        }
    }
}
