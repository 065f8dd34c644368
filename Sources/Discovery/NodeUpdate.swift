/// What a source of nodes tells, in this order: a snapshot, `live`, changes; after `disconnected` whatever it told stays
/// in force (spec 4.6) until the next snapshot or `live`.
package enum NodeUpdate: Sendable, Equatable {
    /// The whole truth: replaces the table.
    case snapshot([Node])
    case change(NodeChange)
    /// The source is told of every change from now on.
    case live
    /// Changes may be missed from now on; why, in one line.
    case disconnected(reason: String)
}

package enum NodeChange: Sendable, Equatable {
    /// Also tells of a node that is known already, after a watch was resumed.
    case added(Node)
    case modified(Node)
    /// The node as it was last.
    case deleted(Node)

    package var node: Node {
        switch self {
        case .added(let node), .modified(let node), .deleted(let node): node
        }
    }
}

/// Where nodes come from: the Kubernetes API or a file.
package protocol NodeSource: Sendable {
    /// Delivers updates, one at a time, until the task is cancelled.
    ///
    /// - Parameter deliver: is called on a thread of the source; the next update waits until it returns.
    /// - Throws: only what no retry can cure.
    func run(_ deliver: @escaping @Sendable (NodeUpdate) -> Void) async throws
}
