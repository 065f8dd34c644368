package import Addressing

/// A scrape as the kubelet gets it.
package struct ScrapeRequest {
    package var address: SocketAddress
    package var isTLS: Bool
    /// UID of the node whose address it is: connections are not shared between owners.
    package var owner: String
    package var isHead: Bool
    /// The whole head, ready to send.
    package var head: [UInt8]

    package init(address: SocketAddress, isTLS: Bool, owner: String, isHead: Bool, head: [UInt8]) {
        self.address = address
        self.isTLS = isTLS
        self.owner = owner
        self.isHead = isHead
        self.head = head
    }
}
