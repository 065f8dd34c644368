package import Addressing

/// Where a scrape asks to be sent.
package enum ScrapeDestination: Sendable, Equatable {
    /// The request named an IP address and a port.
    case address(SocketAddress)
    /// The request named only the node: to its first usable InternalIP, else ExternalIP. Without a port: to the
    /// kubelet's own.
    case ownAddress(port: UInt16?)
}
