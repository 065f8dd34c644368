import CEpoll
import Glibc

/// A bound Unix socket that accepts connections. Its file has mode 0600: only this user's processes, and root's, may connect.
package struct UnixListeningSocket: AcceptingSocket {
    package let descriptor: Int32
    package let path: String
    /// Tells our file from one that somebody else put in its place.
    private let file: FileIdentity?

    package var place: ListeningPlace { .unix(path: path) }

    /// Bytes of the longest path: the kernel's field has room for one more, which ends it.
    package static let maximumPathLength = 107

    /// Binds and listens. The file of a process that is gone is replaced; where somebody listens, the address is in use.
    package init(path: String, backlog: Int32 = 4096) throws(SocketError) {
        self.path = path
        do throws(SocketError) {
            descriptor = try Self.bound(to: path)
        } catch {
            guard error.code == EADDRINUSE, Self.isLeftOver(path) else { throw error }
            unsafe unlink(path)
            descriptor = try Self.bound(to: path)
        }
        file = FileIdentity(ofSocket: path)
        guard Glibc.listen(descriptor, backlog) == 0 else {
            let failure = SocketError(errno, during: .listen)
            close(descriptor)
            didClose()
            throw failure
        }
    }

    package func didClose() {
        guard let file, FileIdentity(ofSocket: path) == file else { return }
        unsafe unlink(path)
    }

    private static func bound(to path: String) throws(SocketError) -> Int32 {
        let descriptor = try open()
        // Before there is a file: it never has another mode.
        guard fchmod(descriptor, 0o600) == 0, unsafe call(bind, descriptor, path) == 0 else {
            let failure = SocketError(errno, during: .bind)
            close(descriptor)
            throw failure
        }
        return descriptor
    }

    /// Whether the file is a socket that nobody listens at.
    private static func isLeftOver(_ path: String) -> Bool {
        guard FileIdentity(ofSocket: path) != nil, let descriptor = try? open() else { return false }
        defer { close(descriptor) }
        return unsafe call(connect, descriptor, path) != 0 && errno == ECONNREFUSED
    }

    private static func open() throws(SocketError) -> Int32 {
        let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        let descriptor = socket(AF_UNIX, type, 0)
        guard descriptor >= 0 else { throw SocketError(errno, during: .socket) }
        return descriptor
    }

    /// `bind` or `connect`.
    private static func call(
        _ function: (Int32, UnsafePointer<sockaddr>, socklen_t) -> Int32, _ descriptor: Int32, _ path: String
    ) -> Int32 {
        guard path.utf8.count <= maximumPathLength else {
            errno = ENAMETOOLONG
            return -1
        }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: path.utf8) }
        return unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe function(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }
}

/// A file by what it is, not by its name.
private struct FileIdentity: Equatable {
    let device: dev_t
    let inode: ino_t

    /// Nil: there is no such file, or it is no socket.
    init?(ofSocket path: String) {
        var status = stat()
        guard unsafe lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFSOCK else { return nil }
        (device, inode) = (status.st_dev, status.st_ino)
    }
}
