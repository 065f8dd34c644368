import Addressing
import Foundation

/// A connection that sends what no HTTP client would. It blocks, for a bounded time.
final class RawConnection {
    private var descriptor: Int32

    /// - Parameters:
    ///   - url: `http://127.0.0.1:PORT`
    ///   - waits: whether to wait until it is connected.
    /// - Throws: the errno of the attempt.
    init(to url: String, waits: Bool = true) throws {
        guard let address = SocketAddress(url.dropFirst("http://".count)) else { throw POSIXError(.EINVAL) }
        var socketAddress = sockaddr_in()
        socketAddress.sin_family = sa_family_t(AF_INET)
        socketAddress.sin_port = address.port.bigEndian
        socketAddress.sin_addr.s_addr = (address.ip.v4 ?? 0).bigEndian
        let flags = Int32(SOCK_CLOEXEC.rawValue) | (waits ? 0 : Int32(SOCK_NONBLOCK.rawValue))
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | flags, 0)
        let status = unsafe withUnsafePointer(to: &socketAddress) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard status == 0 || errno == EINPROGRESS else {
            let code = POSIXErrorCode(rawValue: errno) ?? .EIO
            Glibc.close(descriptor)
            throw POSIXError(code)
        }
    }

    var number: Int32 { descriptor }

    deinit { close() }

    func close() {
        if descriptor >= 0 { Glibc.close(descriptor) }
        descriptor = -1
    }

    /// Says that nothing more will be sent, and goes on reading.
    func endSending() { shutdown(descriptor, Int32(SHUT_WR)) }

    func send(_ text: String) {
        let bytes = Array(text.utf8)
        _ = unsafe bytes.withUnsafeBytes {
            unsafe Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
        }
    }

    /// What comes until it holds `end`, the peer closes, or nothing came for a while.
    func receive(until end: String? = nil, within seconds: Int = 5) -> (text: String, isClosed: Bool) {
        var patience = timeval(tv_sec: seconds, tv_usec: 0)
        unsafe setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        var text = ""
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            if let end, text.contains(end) { return (text, false) }
            let count = unsafe chunk.withUnsafeMutableBytes { unsafe recv(descriptor, $0.baseAddress, $0.count, 0) }
            guard count > 0 else { return (text, count == 0 || errno == ECONNRESET) }
            text += String(decoding: chunk[..<count], as: UTF8.self)
        }
    }
}
