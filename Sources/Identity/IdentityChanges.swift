package import Addressing
import Discovery

/// What an update of the table changed: what the caller has to act on or to log (spec 8.5, 12.3, 4.2).
package struct IdentityChanges: Sendable {
    /// A kubelet's address that belongs to another machine than before, or to nobody, or to somebody again.
    package struct OwnerChange: Sendable {
        package let address: SocketAddress
        package let previous: KnownNode?
        package let current: KnownNode?
    }

    /// A node that claims an address which is another node's.
    package struct StaleIdentity: Sendable {
        package let name: String
        package let address: SocketAddress
        /// The owner when it became stale, or when it stopped being so: nil where nobody owns the address any more.
        package let owner: KnownNode?
    }

    package struct MalformedAddress: Sendable, Equatable {
        package let node: String
        package let value: String
    }

    /// Idle connections to these addresses, and to other ports of their IPs, must go. Addresses that no node claimed
    /// before are not among them: nobody was connected to them.
    package private(set) var owners: [OwnerChange] = []
    package private(set) var staleIdentitiesStarted: [StaleIdentity] = []
    package private(set) var staleIdentitiesEnded: [StaleIdentity] = []
    /// Those that the node did not have before.
    package private(set) var malformedAddresses: [MalformedAddress] = []

    package var isEmpty: Bool {
        owners.isEmpty && staleIdentitiesStarted.isEmpty && staleIdentitiesEnded.isEmpty && malformedAddresses.isEmpty
    }

    mutating func note(_ address: SocketAddress, from before: KeyClaims?, to after: KeyClaims?) {
        let previous = before?.ownership.owner
        let current = after?.ownership.owner
        if before != nil, !isSame(previous, current) {
            owners.append(OwnerChange(address: address, previous: previous, current: current))
        }
        let were = Set(before?.staleIdentities.map(\.name) ?? [])
        let are = Set(after?.staleIdentities.map(\.name) ?? [])
        for name in are.subtracting(were).sorted() {
            staleIdentitiesStarted.append(StaleIdentity(name: name, address: address, owner: current))
        }
        for name in were.subtracting(are).sorted() {
            staleIdentitiesEnded.append(StaleIdentity(name: name, address: address, owner: current))
        }
    }

    mutating func noteMalformedAddresses(of node: Node, knownFrom previous: Node?) {
        for value in node.malformedAddresses where previous?.malformedAddresses.contains(value) != true {
            malformedAddresses.append(MalformedAddress(node: node.name, value: value))
        }
    }

    private func isSame(_ previous: KnownNode?, _ current: KnownNode?) -> Bool {
        guard let previous, let current else { return previous == nil && current == nil }
        return previous.isSameMachine(as: current)
    }
}
