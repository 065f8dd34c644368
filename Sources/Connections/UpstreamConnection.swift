package import Addressing
package import EventLoop

/// A connection to an upstream: libcurl dials it and does its TLS, what is said on it is ours.
package final class UpstreamConnection {
    package let address: SocketAddress
    package let isTLS: Bool
    package let channel: Channel
    /// Whose address it was when it was dialled: a connection is no good to the next owner (spec 8.5).
    package let owner: String
    /// What whoever uses the connection has found out about its peer: it holds for the connection's whole life.
    package var findings: AnyObject?
    package private(set) var isClosed = false
    private let curl: CurlConnection
    private static let enoughRecords = 4 * 16 * 1024

    private init(_ curl: CurlConnection, _ address: SocketAddress, isTLS: Bool, owner: String, channel: Channel) {
        self.curl = curl
        self.address = address
        self.isTLS = isTLS
        self.owner = owner
        self.channel = channel
    }

    /// Dials. `parker` carries the deadline of the whole exchange; the dial may take `timeout` (milliseconds) of it.
    ///
    /// - Parameter tunnel: a proxy that is asked for a tunnel to the address by CONNECT.
    package static func dial(
        _ address: SocketAddress, tls: TLSCredentials?, through tunnel: SocketAddress? = nil, owner: String,
        timeout: UInt64, on loop: EventLoop, waitingWith parker: Parker
    ) async throws(ConnectionError) -> UpstreamConnection {
        let curl = try CurlConnection(to: address, tls: tls, through: tunnel)
        let limit = loop.now + timeout
        var channel: Channel?
        var progress = curl.start()
        let alarm = Timer { [unowned parker] in parker.unpark() }
        do throws(ConnectionError) {
            while true {
                switch progress {
                case .connected:
                    if channel == nil { channel = try adopt(curl.socket, on: loop) }
                    guard let channel else { throw .unreachable("libcurl connected without a socket") }
                    alarm.cancel()
                    return UpstreamConnection(curl, address, isTLS: tls != nil, owner: owner, channel: channel)
                case .failed(let message):
                    throw .unreachable(message)
                case .connecting:
                    guard loop.now < limit else { throw .connectTimeout(milliseconds: timeout) }
                    if channel == nil, curl.socket >= 0 { channel = try adopt(curl.socket, on: loop) }
                    let wake = min(limit, curl.callAgainIn.map { loop.now + UInt64($0) } ?? limit)
                    loop.timers.schedule(alarm, at: wake)
                    let ready = try await readiness(curl.wanted, of: channel, alarm, parker)
                    progress = curl.continueConnecting(ready)
                }
            }
        } catch {
            alarm.cancel()
            channel?.close()
            throw error
        }
    }

    /// libcurl closes the descriptor itself, after the channel has let go of it.
    private static func adopt(_ socket: Int32, on loop: EventLoop) throws(ConnectionError) -> Channel {
        do throws(SocketError) {
            return try loop.channel(adopting: socket, closesDescriptor: false)
        } catch { throw .unreachable("\(error)") }
    }

    /// Waits for what libcurl wants; empty when its time was up first.
    private static func readiness(
        _ wanted: Readiness, of channel: Channel?, _ alarm: Timer, _ parker: Parker
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

    /// What the peer showed in the handshake. Nil on a plain connection, and where `TLSCredentials` don't ask for it.
    package var peerCertificate: PeerCertificate? { curl.peerCertificate }

    /// Closes it. Never called while somebody waits on it.
    package func close() {
        isClosed = true
        channel.close()
    }

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
        if isTLS {
            switch unsafe curl.receive(into: space) {
            case .moved(let count): return count
            case .endOfStream: return 0
            case .failed(let message): throw .broken(message)
            case .wouldBlock:
                channel.exhausted(.readable)
                return nil
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
        if isTLS {
            switch unsafe curl.send(bytes) {
            case .moved(let count): return .success(count)
            case .endOfStream: return .failure(.broken("the connection takes no more bytes"))
            case .failed(let message): return .failure(.broken(message))
            case .wouldBlock:
                channel.exhausted(.writable)
                return .success(nil)
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
    package var mayHaveBytes: Bool { channel.readiness.contains(.readable) }

    package func waitForBytes(waitingWith parker: Parker) async throws(ConnectionError) {
        do throws(Interruption) { try await parker.wait(for: .readable, on: channel) } catch {
            throw .interrupted(error)
        }
    }

    /// Reads at least one byte into the buffer.
    ///
    /// - Parameter greedily: go on as far as bytes are there, up to 64 KiB or so. TLS hands out record by record, and a
    ///   server begins with small ones: passing each on alone would cost a system call each.
    /// - Returns: how many; 0 at the end of the stream.
    package func fill(
        _ buffer: ByteBuffer, greedily: Bool = false, waitingWith parker: Parker
    ) async throws(ConnectionError) -> Int {
        while true {
            if let count = try unsafe read(into: buffer.freeSpace) {
                buffer.filled(count)
                return greedily && isTLS && count > 0 ? count + readOn(buffer) : count
            }
            try await waitForBytes(waitingWith: parker)
        }
    }

    /// What else is there by now. An error or the end is met again by the next read.
    private func readOn(_ buffer: ByteBuffer) -> Int {
        var total = 0
        // No more: memory that was never touched costs a blocked scrape nothing.
        while buffer.count < Self.enoughRecords, buffer.space > 0 {
            switch unsafe curl.receive(into: buffer.freeSpace) {
            case .moved(let count):
                buffer.filled(count)
                total += count
            case .wouldBlock:
                channel.exhausted(.readable)
                return total
            case .endOfStream, .failed: return total
            }
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
