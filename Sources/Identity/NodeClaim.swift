/// The node that a scrape says it is for (spec 3).
package struct NodeClaim: Sendable, Hashable {
    /// A node's name, else one of its addresses of type Hostname, InternalDNS or ExternalDNS. Compared without regard
    /// to case, because the host of a request arrives in lower case. Nil: the scrape names no node.
    package let node: String?
    /// The UID that the node must have (spec 3.2). Nil: any.
    package let uid: String?

    /// An empty name or UID is none.
    package init(node: String? = nil, uid: String? = nil) {
        self.node = node?.isEmpty == true ? nil : node
        self.uid = uid?.isEmpty == true ? nil : uid
    }

    package static let none = NodeClaim()

    /// Whether the scrape can't be judged, only routed (spec 3.4).
    package var isNone: Bool { node == nil && uid == nil }
}
