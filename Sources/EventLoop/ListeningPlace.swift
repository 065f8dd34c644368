package import Addressing

/// Where a socket listens.
package enum ListeningPlace: Hashable, Sendable, CustomStringConvertible {
    case network(SocketAddress)
    /// A Unix socket's file. Its peers have no address.
    case unix(path: String)

    /// `127.0.0.1:9480` or `unix:/run/proxy.sock`
    package var description: String {
        switch self {
        case .network(let address): "\(address)"
        case .unix(let path): "unix:\(path)"
        }
    }
}

/// A bound socket that accepts connections, of whatever family.
package protocol AcceptingSocket: Sendable {
    var descriptor: Int32 { get }
    var place: ListeningPlace { get }

    /// Called when it was closed.
    func didClose()
}
