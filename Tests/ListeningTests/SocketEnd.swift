import Addressing
import EventLoop
import Glibc

/// A test's end of a TCP connection on loopback. It blocks, for a bounded time.
final class SocketEnd: Sendable {
    let descriptor: Int32

    init(_ descriptor: Int32) {
        self.descriptor = descriptor
        var patience = timeval(tv_sec: 5, tv_usec: 0)
        unsafe setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        unsafe setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
    }

    deinit { Glibc.close(descriptor) }

    convenience init(to address: SocketAddress) {
        self.init(socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0))
        unsafe _ = address.withSockaddr { unsafe connect(descriptor, $0, $1) }
    }

    /// A connection's two ends: one for the test, one for a loop.
    static func pair() throws(SocketError) -> (test: SocketEnd, loop: Int32) {
        let listener = try ListeningSocket(SocketAddress(.loopbackV4, port: 0))
        defer { Glibc.close(listener.descriptor) }
        let end = SocketEnd(to: listener.address)
        let accepted = accept(listener.descriptor, nil, nil)
        _ = fcntl(accepted, F_SETFL, O_NONBLOCK)
        return (end, accepted)
    }

    func send(_ text: String) { send(Array(text.utf8)) }

    /// - Returns: how many bytes went within the time.
    @discardableResult
    func send(_ bytes: [UInt8]) -> Int {
        var sent = 0
        while sent < bytes.count {
            let count = unsafe bytes[sent...].withUnsafeBytes {
                unsafe Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { break }
            sent += count
        }
        return sent
    }

    enum End: Equatable {
        /// So many bytes as wanted came.
        case enough
        case closed
        case reset
        case silent
    }

    /// Up to `count` bytes.
    func receive(_ count: Int) -> (bytes: [UInt8], end: End) {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while bytes.count < count {
            let wanted = min(chunk.count, count - bytes.count)
            let got = unsafe chunk.withUnsafeMutableBytes { unsafe recv(descriptor, $0.baseAddress, wanted, 0) }
            if got == 0 { return (bytes, .closed) }
            guard got > 0 else { return (bytes, errno == ECONNRESET ? .reset : .silent) }
            bytes += chunk[..<got]
        }
        return (bytes, .enough)
    }

    func receiveText(_ count: Int) -> String { String(decoding: receive(count).bytes, as: UTF8.self) }

    /// What follows: the end of the stream, a reset, or nothing (silent) for the time.
    var nextEnd: End { receive(1).end }

    func endSending() { shutdown(descriptor, Int32(SHUT_WR)) }

    func reset() {
        var option = linger(l_onoff: 1, l_linger: 0)
        unsafe setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
        let null = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        // Closes the connection and leaves the number to be closed once more.
        dup2(null, descriptor)
        Glibc.close(null)
    }
}
