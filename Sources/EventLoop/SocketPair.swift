import CEpoll
import Glibc

/// Two ends of a connection inside the process: one as if a listener had accepted it, one for blocking reads and writes.
package struct SocketPair {
    package let accepted: AcceptedSocket
    package let descriptor: Int32

    package init() throws(SocketError) {
        var ends: [Int32] = [-1, -1]
        let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        guard unsafe socketpair(AF_UNIX, type, 0, &ends) == 0 else { throw SocketError(errno, during: .socket) }
        _ = fcntl(ends[0], F_SETFL, fcntl(ends[0], F_GETFL) | O_NONBLOCK)
        accepted = AcceptedSocket(descriptor: ends[0], peer: nil)
        descriptor = ends[1]
    }
}
