package import Addressing
package import EventLoop
import TLS

/// A connection to an upstream: libcurl dials it, what is said on it is ours.
package final class UpstreamConnection {
    package let address: SocketAddress
    package let isTLS: Bool
    package let channel: Channel
    /// Whose address it was when it was dialled: a connection is no good to the next owner (spec 8.5).
    package let owner: String
    /// What whoever uses the connection has found out about its peer: it holds for the connection's whole life.
    package var findings: AnyObject?
    package private(set) var isClosed = false
    /// When the last answer over it was complete, in the loop's milliseconds.
    package var lastAnswer: UInt64?
    /// Called once it is closed.
    package var whenClosed: (() -> Void)?
    /// What its pool does when it hangs up while it is idle.
    var leavePool: (() -> Void)?
    /// What the peer showed in the handshake. Nil on a plain connection, and where `TLSCredentials` don't ask for it.
    package let peerCertificate: PeerCertificate?
    /// Nil: it is plain.
    private let stream: TLSStream?
    private static let recordSize = 16 * 1024

    private init(
        _ stream: TLSStream?, _ address: SocketAddress, owner: String, channel: Channel,
        shows certificate: PeerCertificate?
    ) {
        self.stream = stream
        self.address = address
        isTLS = stream != nil
        self.owner = owner
        self.channel = channel
        peerCertificate = certificate
    }

    /// Dials. `parker` carries the deadline of the whole exchange; the dial may take `timeout` (milliseconds) of it.
    ///
    /// - Parameter tunnel: a proxy that is asked for a tunnel to the address by CONNECT.
    package static func dial(
        _ address: SocketAddress, tls: TLSCredentials?, through tunnel: SocketAddress? = nil, owner: String,
        timeout: UInt64, on loop: EventLoop, waitingWith parker: Parker
    ) async throws(ConnectionError) -> UpstreamConnection {
        let limit = Limit(timeout, loop, parker)
        defer { limit.alarm.cancel() }
        let channel = try await connect(address, through: tunnel, on: loop, within: limit)
        do throws(ConnectionError) {
            guard let tls else { return UpstreamConnection(nil, address, owner: owner, channel: channel, shows: nil) }
            let stream = try await handshake(tls, with: address, over: channel, on: loop, within: limit)
            let certificate =
                tls.readsPeerCertificate ? stream.peerCertificate(isVerified: !tls.skipsVerification) : nil
            return UpstreamConnection(stream, address, owner: owner, channel: channel, shows: certificate)
        } catch {
            channel.close()
            throw error
        }
    }

    /// How long a dial may take, and who waits for it.
    private struct Limit {
        let timeout: UInt64
        let end: UInt64
        let parker: Parker
        let alarm: Timer

        init(_ timeout: UInt64, _ loop: EventLoop, _ parker: Parker) {
            self.timeout = timeout
            self.parker = parker
            end = loop.now + timeout
            alarm = Timer { [unowned parker] in parker.unpark() }
        }

        func check(_ loop: EventLoop) throws(ConnectionError) {
            guard loop.now < end else { throw .connectTimeout(milliseconds: timeout) }
        }
    }

    private static func connect(
        _ address: SocketAddress, through tunnel: SocketAddress?, on loop: EventLoop, within limit: Limit
    ) async throws(ConnectionError) -> Channel {
        let dial = try CurlDial(to: address, through: tunnel)
        var channel: Channel?
        var progress = dial.start()
        do throws(ConnectionError) {
            while true {
                switch progress {
                case .connected:
                    if channel == nil { channel = try adopt(dial.socket, on: loop) }
                    guard let channel else { throw .unreachable("libcurl connected without a socket") }
                    dial.letGo()
                    channel.ownDescriptor()
                    return channel
                case .failed(let message):
                    throw .unreachable(message)
                case .connecting:
                    try limit.check(loop)
                    if channel == nil, dial.socket >= 0 { channel = try adopt(dial.socket, on: loop) }
                    let wake = min(limit.end, dial.callAgainIn.map { loop.now + UInt64($0) } ?? limit.end)
                    loop.timers.schedule(limit.alarm, at: wake)
                    let ready = try await readiness(dial.wanted, of: channel, limit.parker)
                    progress = dial.continueConnecting(ready)
                }
            }
        } catch {
            channel?.close()
            throw error
        }
    }

    private static func handshake(
        _ tls: TLSCredentials, with address: SocketAddress, over channel: Channel, on loop: EventLoop,
        within limit: Limit
    ) async throws(ConnectionError) -> TLSStream {
        let stream: TLSStream
        do throws(TLSError) {
            stream = try TLSStream(
                TLSClientContexts.shared.context(for: tls), with: tls.peerName(at: address.ip), over: channel,
                loop.buffers)
        } catch { throw .unreachable("\(error)") }
        while true {
            switch stream.handshake() {
            case .done: return stream
            case .failed(let message): throw .unreachable(message)
            case .wants(let readiness):
                try limit.check(loop)
                loop.timers.schedule(limit.alarm, at: limit.end)
                do throws(Interruption) { try await limit.parker.wait(for: readiness, on: channel) } catch {
                    throw .interrupted(error)
                }
            }
        }
    }

    /// libcurl closes the descriptor itself while the dial is its own, after the channel has let go of it.
    private static func adopt(_ socket: Int32, on loop: EventLoop) throws(ConnectionError) -> Channel {
        do throws(SocketError) {
            return try loop.channel(adopting: socket, closesDescriptor: false)
        } catch { throw .unreachable("\(error)") }
    }

    /// Waits for what libcurl wants; empty when its time was up first.
    private static func readiness(
        _ wanted: Readiness, of channel: Channel?, _ parker: Parker
    ) async throws(ConnectionError) -> Readiness {
        do throws(Interruption) {
            guard let channel, !wanted.isEmpty else {
                try await parker.wait()
                return []
            }
            try await parker.wait(for: wanted, on: channel)
            let ready = channel.readiness.intersection([.readable, .writable])
            // libcurl reads or writes until it would block, without telling: readiness must be earned anew.
            channel.exhausted(ready.intersection(wanted))
            return ready.intersection(wanted)
        } catch { throw .interrupted(error) }
    }

    /// Closes it. Never called while somebody waits on it.
    package func close() {
        isClosed = true
        stream?.close()
        channel.close()
        whenClosed?()
        whenClosed = nil
    }

    /// Nobody uses it for a while.
    func rest() { stream?.rest() }

    // MARK: Bytes

    /// A plain connection counts as readable until a read finds nothing: between exchanges only reading tells.
    var hasNothingToRead: Bool {
        guard channel.readiness.contains(.readable) else { return true }
        var byte: UInt8 = 0
        let outcome = unsafe withUnsafeMutableBytes(of: &byte) { unsafe channel.read(into: $0) }
        if case .wouldBlock = outcome { return true }
        return false
    }

    /// Reads what is there. TLS gives one record (16 KiB at most) a call.
    package func read(into space: UnsafeMutableRawBufferPointer) throws(ConnectionError) -> Int? {
        if let stream {
            switch unsafe stream.read(into: space) {
            case .moved(let count): return count
            case .endOfStream: return 0
            case .failed(let message): throw .broken(message)
            case .wouldBlock: return nil
            }
        }
        switch unsafe channel.read(into: space) {
        case .moved(let count): return count
        case .endOfStream: return 0
        case .failed(let error): throw .broken("\(error)")
        case .wouldBlock: return nil
        }
    }

    /// Nil: the socket takes nothing now.
    private func write(_ bytes: UnsafeRawBufferPointer) -> Result<Int?, ConnectionError> {
        if let stream {
            switch unsafe stream.write(bytes) {
            case .moved(let count): return .success(count)
            case .endOfStream: return .failure(.broken("the connection takes no more bytes"))
            case .failed(let message): return .failure(.broken(message))
            case .wouldBlock: return .success(nil)
            }
        }
        switch unsafe channel.write(bytes) {
        case .moved(let count): return .success(count)
        case .endOfStream: return .failure(.broken("the connection takes no more bytes"))
        case .failed(let error): return .failure(.broken("\(error)"))
        case .wouldBlock: return .success(nil)
        }
    }

    /// Whether reading is worth a try.
    package var mayHaveBytes: Bool { channel.readiness.contains(.readable) || stream?.hasBytes == true }

    package func waitForBytes(waitingWith parker: Parker) async throws(ConnectionError) {
        if stream?.hasBytes == true { return }
        do throws(Interruption) { try await parker.wait(for: .readable, on: channel) } catch {
            throw .interrupted(error)
        }
    }

    /// Reads at least one byte into the buffer.
    ///
    /// TLS hands out record by record, and a server begins with small ones: passing each on alone would cost a system call each.
    /// So it goes on as far as bytes are there and a whole record has room.
    ///
    /// - Returns: how many; 0 at the end of the stream.
    package func fill(_ buffer: ByteBuffer, waitingWith parker: Parker) async throws(ConnectionError) -> Int {
        while true {
            if let count = try unsafe read(into: buffer.freeSpace) {
                buffer.filled(count)
                guard let stream, count > 0 else { return count }
                return count + readOn(buffer, stream)
            }
            try await waitForBytes(waitingWith: parker)
        }
    }

    /// What else is there by now. An error or the end is met again by the next read.
    private func readOn(_ buffer: ByteBuffer, _ stream: TLSStream) -> Int {
        var total = 0
        while buffer.space >= Self.recordSize, mayHaveBytes {
            guard case .moved(let count) = unsafe stream.read(into: buffer.freeSpace) else { return total }
            buffer.filled(count)
            total += count
        }
        return total
    }

    /// Sends a request's head. What was there before is no answer to it: only what comes after makes the connection
    /// readable, which spares the look that would find nothing.
    package func send(request bytes: [UInt8], waitingWith parker: Parker) async throws(ConnectionError) {
        channel.drained()
        var sent = 0
        while sent < bytes.count {
            let outcome = unsafe bytes.withUnsafeBytes { unsafe write(UnsafeRawBufferPointer(rebasing: $0[sent...])) }
            if let count = try outcome.get() {
                sent += count
                continue
            }
            do throws(Interruption) { try await parker.wait(for: .writable, on: channel) } catch {
                throw .interrupted(error)
            }
        }
    }
}
