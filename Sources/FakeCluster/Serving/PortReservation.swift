import Addressing
import EventLoop
import Glibc

/// Keeps the port of a server that is away: without it, the kernel may give the port to anybody's outgoing connection, and the
/// server can't come back.
final class PortReservation {
    private let descriptor: Int32

    /// - Parameter address: nobody listens there.
    init(_ address: SocketAddress) throws(SocketError) { descriptor = try ListeningSocket.bound(to: address) }

    deinit { close(descriptor) }
}
