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

    /// A key that more than one Ready node claims (spec 4.4, rule 2).
    package struct Conflict: Sendable {
        package let address: SocketAddress
        /// The Ready ones, by name.
        package let claimants: [KnownNode]
        package let ownership: Ownership
    }

    package struct MalformedAddress: Sendable, Equatable {
        package let node: String
        package let value: String
    }

    /// An address whose owner evidence contradicts.
    package struct Contradiction: Sendable {
        package let address: SocketAddress
        package let refutation: Refutation
    }

    /// Idle connections to these addresses, and to other ports of their IPs, must go. Addresses that no node claimed
    /// before are not among them: nobody was connected to them.
    package private(set) var owners: [OwnerChange] = []
    package private(set) var staleIdentitiesStarted: [StaleIdentity] = []
    package private(set) var staleIdentitiesEnded: [StaleIdentity] = []
    package private(set) var conflictsStarted: [Conflict] = []
    /// Other claimants, another owner, or another ground for the same.
    package private(set) var conflictsChanged: [Conflict] = []
    /// What became of it: its last claimants, and whose the address is now.
    package private(set) var conflictsEnded: [Conflict] = []
    /// Those that the node did not have before.
    package private(set) var malformedAddresses: [MalformedAddress] = []

    /// Where several nodes are Ready and the kubelet is to be asked, once (spec 6.4).
    package private(set) var inquiriesDue: [SocketAddress] = []
    package private(set) var contradictionsStarted: [Contradiction] = []
    package private(set) var contradictionsEnded: [Contradiction] = []

    package var isEmpty: Bool {
        owners.isEmpty && staleIdentitiesStarted.isEmpty && staleIdentitiesEnded.isEmpty && malformedAddresses.isEmpty
            && conflictsStarted.isEmpty && conflictsChanged.isEmpty && conflictsEnded.isEmpty
            && inquiriesDue.isEmpty && contradictionsStarted.isEmpty && contradictionsEnded.isEmpty
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
        noteConflict(address, from: before, to: after)
        noteEvidence(address, from: before, to: after)
    }

    private mutating func noteEvidence(_ address: SocketAddress, from before: KeyClaims?, to after: KeyClaims?) {
        if after?.demand == .inquiry, before?.demand != .inquiry || before?.readyCount != after?.readyCount {
            inquiriesDue.append(address)
        }
        let (was, now) = (before?.learned?.refutation, after?.learned?.refutation)
        guard was != now else { return }
        if let was { contradictionsEnded.append(Contradiction(address: address, refutation: was)) }
        if let now { contradictionsStarted.append(Contradiction(address: address, refutation: now)) }
    }

    private mutating func noteConflict(_ address: SocketAddress, from before: KeyClaims?, to after: KeyClaims?) {
        func conflict(among key: KeyClaims) -> Conflict {
            Conflict(
                address: address, claimants: key.claimants.filter(\.isReady), ownership: after?.ownership ?? .nobody)
        }
        switch (before.flatMap { $0.rivalry == nil ? nil : $0 }, after.flatMap { $0.rivalry == nil ? nil : $0 }) {
        case (nil, nil): break
        case (nil, let now?): conflictsStarted.append(conflict(among: now))
        case (let was?, nil): conflictsEnded.append(conflict(among: was))
        case (let was?, let now?):
            guard was.ownership.ground != now.ownership.ground || was.rivalry?.names != now.rivalry?.names else {
                return
            }
            conflictsChanged.append(conflict(among: now))
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
