import Addressing
import EventLoop
import Foundation

/// A port whose connections each become a tunnel by CONNECT: a way through the proxy for clients that know none.
final class TunnelGate: Sendable {
    private let listener: Int32
    /// `127.0.0.1:PORT`
    let address: String

    /// - Parameters:
    ///   - proxy: `http://127.0.0.1:PORT`
    ///   - target: `host:port`
    init(to target: String, through proxy: String) throws {
        let socket = try ListeningSocket(SocketAddress(.loopbackV4, port: 0))
        (listener, address) = (socket.descriptor, "\(socket.address)")
        let flags = fcntl(listener, F_GETFL)
        _ = fcntl(listener, F_SETFL, flags & ~O_NONBLOCK)
        Foundation.Thread.detachNewThread { [listener] in
            while case let client = accept(listener, nil, nil), client >= 0 {
                Self.open(client, target, proxy)
            }
        }
    }

    func close() { shutdown(listener, Int32(SHUT_RDWR)) }

    private static func open(_ client: Int32, _ target: String, _ proxy: String) {
        guard let upstream = try? RawConnection(to: proxy) else { return }
        upstream.send("CONNECT \(target) HTTP/1.1\r\nHost: \(target)\r\n\r\n")
        guard upstream.receive(until: "\r\n\r\n").text.contains(" 200 ") else {
            Glibc.close(client)
            return
        }
        let descriptor = dup(upstream.number)
        Foundation.Thread.detachNewThread { pass(from: client, to: descriptor) }
        Foundation.Thread.detachNewThread {
            pass(from: descriptor, to: client)
            Glibc.close(client)
            Glibc.close(descriptor)
        }
    }

    private static func pass(from source: Int32, to sink: Int32) {
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = unsafe chunk.withUnsafeMutableBytes { unsafe recv(source, $0.baseAddress, $0.count, 0) }
            guard count > 0 else { break }
            var sent = 0
            while sent < count {
                let part = unsafe chunk[sent..<count].withUnsafeBytes {
                    unsafe send(sink, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
                }
                guard part > 0 else { return }
                sent += part
            }
        }
        shutdown(sink, Int32(SHUT_WR))
    }
}
