package import Addressing
import EventLoop
package import TLS

/// What lies between an answer's bytes and the socket: nothing, TLS inside an intercepted tunnel, or a stream of HTTP/2 in there.
extension DownstreamConnection {
    enum Carriage {
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
    func carry(_ bytes: UnsafeRawBufferPointer) async throws(Interruption) {
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
    func sayGoodbye(_ tls: TLSTransport) {
        tls.session.close()
        _ = tls.flush()
    }

    func sayGoodbye(_ tls: TLSTransport, within timeout: UInt64) async {
        tls.session.close()
        parker.reset()
        parker.setDeadline(loop.now + timeout)
        do throws(Interruption) {
            while case .wouldBlock = tls.flush() { try await parker.wait(for: .writable, on: channel) }
        } catch { return }
    }
}
