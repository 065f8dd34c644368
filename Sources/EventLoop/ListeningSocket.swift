package import Addressing
import CEpoll
import Glibc

/// A bound TCP socket that accepts connections.
package struct ListeningSocket: AcceptingSocket {
    package let descriptor: Int32
    /// Where it listens; the port is the real one where 0 was asked for.
    package let address: SocketAddress

    package var place: ListeningPlace { .network(address) }

    /// Binds and listens. SO_REUSEADDR is set, so that a restart need not wait for old connections to time out.
    package init(_ address: SocketAddress, backlog: Int32 = 4096) throws(SocketError) {
        let descriptor = try Self.bound(to: address)
        guard Glibc.listen(descriptor, backlog) == 0 else {
            let failure = SocketError(errno, during: .listen)
            close(descriptor)
            throw failure
        }
        self.descriptor = descriptor
        self.address = SocketAddress(localOf: descriptor) ?? address
    }

    /// Listens on every interface, for IPv4 and, where the machine has it, IPv6.
    package init(everyInterfaceAt port: UInt16) throws(SocketError) {
        do throws(SocketError) {
            try self.init(SocketAddress(IPAddress(high: 0, low: 0), port: port))
        } catch {
            guard error.code == EAFNOSUPPORT else { throw error }
            try self.init(SocketAddress(IPAddress(v4: 0), port: port))
        }
    }

    package func didClose() {}

    /// A socket that has the address and does not listen yet.
    package static func bound(to address: SocketAddress) throws(SocketError) -> Int32 {
        let family = address.ip.isV4 ? AF_INET : AF_INET6
        let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        let descriptor = socket(family, type, 0)
        guard descriptor >= 0 else { throw SocketError(errno, during: .socket) }
        guard !DescriptorReserve().forbids(descriptor) else {
            close(descriptor)
            throw SocketError(EMFILE, during: .socket)
        }
        var one: Int32 = 1
        let size = socklen_t(MemoryLayout<Int32>.size)
        unsafe setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &one, size)
        // An unspecified IPv6 address listens for IPv4 too, as `:9480` does in Go's programs.
        var v6Only: Int32 = address.ip.isUnspecified ? 0 : 1
        if !address.ip.isV4 { unsafe setsockopt(descriptor, Int32(IPPROTO_IPV6), IPV6_V6ONLY, &v6Only, size) }
        guard unsafe address.withSockaddr({ unsafe bind(descriptor, $0, $1) }) == 0 else {
            let failure = SocketError(errno, during: .bind)
            close(descriptor)
            throw failure
        }
        return descriptor
    }
}

/// A connection that was accepted and not yet taken over by a channel.
package struct AcceptedSocket: Sendable {
    package let descriptor: Int32
    /// Nil: it came in by a Unix socket, whose peers have no address.
    package let peer: SocketAddress?
}

/// What keeps a listener from accepting: told once when it begins, and once when all who waited were accepted.
package enum AcceptTrouble {
    case began(SocketError)
    case ended
}

/// A listening socket on a loop.
package final class Listener {
    var slot: UInt32 = 0
    private let socket: any AcceptingSocket
    private unowned let loop: EventLoop
    private let accept: (AcceptedSocket) -> Void
    private let report: (AcceptTrouble) -> Void
    private var isClosed = false
    private var isInTrouble = false
    private var alarm: Timer?
    /// Milliseconds. The connection that can't be accepted keeps the socket readable: asking at once would never end.
    private static let pause: UInt64 = 250

    init(
        _ socket: any AcceptingSocket, loop: EventLoop, accept: @escaping (AcceptedSocket) -> Void,
        report: @escaping (AcceptTrouble) -> Void
    ) {
        self.socket = socket
        self.loop = loop
        self.accept = accept
        self.report = report
    }

    package func close() {
        guard !isClosed else { return }
        isClosed = true
        alarm?.cancel()
        loop.unregister(socket.descriptor, slot: slot)
        // A child that was forked a moment ago holds a copy until it executes: closed alone, the socket would go on listening
        // there, and nobody could listen at its address again.
        shutdown(socket.descriptor, Int32(SHUT_RDWR))
        _ = Glibc.close(socket.descriptor)
        socket.didClose()
    }

    func acceptAll() {
        // Bounded, so that a flood of connections does not starve those that are open.
        for _ in 0..<64 {
            guard !isClosed else { return }
            if let trouble = loop.acceptTrouble { return pause(for: trouble) }
            var storage = sockaddr_storage()
            var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
            let flags = Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
            let descriptor = unsafe withUnsafeMutablePointer(to: &storage) { pointer in
                unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    unsafe accept4(socket.descriptor, $0, &length, flags)
                }
            }
            guard descriptor >= 0 else {
                switch errno {
                case EINTR, ECONNABORTED: continue
                case EAGAIN: troubleIsOver()
                case let code: pause(for: SocketError(code, during: .accept))
                }
                return
            }
            loop.noteAccepted(descriptor)
            let peer = SocketAddress(storage)
            var one: Int32 = 1
            if peer != nil {
                unsafe setsockopt(
                    descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<Int32>.size))
            }
            accept(AcceptedSocket(descriptor: descriptor, peer: peer))
        }
    }

    /// Out of descriptors or memory: others must give some back first.
    private func pause(for error: SocketError) {
        if !isInTrouble { report(.began(error)) }
        isInTrouble = true
        loop.watch(socket.descriptor, slot: slot, for: 0)
        let alarm = alarm ?? Timer { [unowned self] in self.goOn() }
        self.alarm = alarm
        loop.timers.schedule(alarm, at: loop.now + Self.pause)
    }

    private func goOn() { loop.watch(socket.descriptor, slot: slot, for: EPOLLIN.rawValue) }

    /// Nobody waits to be accepted any more.
    private func troubleIsOver() {
        guard isInTrouble else { return }
        isInTrouble = false
        report(.ended)
    }
}
