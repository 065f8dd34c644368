package import Addressing
import CEpoll
import Glibc

/// A bound TCP socket that accepts connections.
package struct ListeningSocket: Sendable {
    package let descriptor: Int32
    /// Where it listens; the port is the real one where 0 was asked for.
    package let address: SocketAddress

    /// Binds and listens. SO_REUSEADDR is set, so that a restart need not wait for old connections to time out.
    package init(_ address: SocketAddress, backlog: Int32 = 4096) throws(SocketError) {
        let family = address.ip.isV4 ? AF_INET : AF_INET6
        let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        let descriptor = socket(family, type, 0)
        guard descriptor >= 0 else { throw SocketError(errno, during: .socket) }
        func closing(_ operation: SocketError.Operation) -> SocketError {
            let failure = SocketError(errno, during: operation)
            close(descriptor)
            return failure
        }
        var one: Int32 = 1
        let size = socklen_t(MemoryLayout<Int32>.size)
        unsafe setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &one, size)
        // An unspecified IPv6 address listens for IPv4 too, as `:9480` does in Go's programs.
        var v6Only: Int32 = address.ip.isUnspecified ? 0 : 1
        if !address.ip.isV4 { unsafe setsockopt(descriptor, Int32(IPPROTO_IPV6), IPV6_V6ONLY, &v6Only, size) }
        let bound = unsafe address.withSockaddr { unsafe bind(descriptor, $0, $1) }
        guard bound == 0 else { throw closing(.bind) }
        guard Glibc.listen(descriptor, backlog) == 0 else { throw closing(.listen) }
        self.descriptor = descriptor
        self.address = SocketAddress(localOf: descriptor) ?? address
    }
}

/// A connection that was accepted and not yet taken over by a channel.
package struct AcceptedSocket: Sendable {
    package let descriptor: Int32
    package let peer: SocketAddress
    package let local: SocketAddress
}

/// A listening socket on a loop.
package final class Listener {
    package let address: SocketAddress
    var slot: UInt32 = 0
    private let socket: ListeningSocket
    private unowned let loop: EventLoop
    private let accept: (AcceptedSocket) -> Void
    private var isClosed = false

    init(_ socket: ListeningSocket, loop: EventLoop, accept: @escaping (AcceptedSocket) -> Void) {
        self.socket = socket
        self.loop = loop
        self.accept = accept
        address = socket.address
    }

    package func close() {
        guard !isClosed else { return }
        isClosed = true
        loop.unregister(socket.descriptor, slot: slot)
        _ = Glibc.close(socket.descriptor)
    }

    func acceptAll() {
        // Bounded, so that a flood of connections does not starve those that are open.
        for _ in 0..<64 {
            guard !isClosed else { return }
            var storage = sockaddr_storage()
            var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
            let flags = Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
            let descriptor = unsafe withUnsafeMutablePointer(to: &storage) { pointer in
                unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    unsafe accept4(socket.descriptor, $0, &length, flags)
                }
            }
            guard descriptor >= 0 else {
                if errno == EINTR || errno == ECONNABORTED { continue }
                return
            }
            var one: Int32 = 1
            unsafe setsockopt(
                descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<Int32>.size))
            let peer = SocketAddress(storage) ?? address
            accept(AcceptedSocket(descriptor: descriptor, peer: peer, local: address))
        }
    }
}
