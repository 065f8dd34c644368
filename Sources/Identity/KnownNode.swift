package import Addressing
package import Discovery

/// A node of the table, with its addresses read. A reference, so that a verdict hands it on without a copy; never
/// changed: an event puts another one in its place.
package final class KnownNode: Sendable {
    package let node: Node
    /// Where the node may be reached: InternalIPs in the object's order, then ExternalIPs, each once (spec 4.2).
    package let addresses: [IPAddress]
    /// Unix seconds at which the table first saw the node under this UID.
    package let firstSeen: Int64

    init(_ node: Node, firstSeen: Int64, policy: IdentityPolicy) {
        self.node = node
        self.firstSeen = firstSeen
        var usable: [IPAddress] = []
        for kind in [NodeAddress.Kind.internalIP, .externalIP] {
            for address in node.addresses where address.kind == kind {
                guard let ip = IPAddress(address.value), !usable.contains(ip),
                    policy.neverDials || ip.isDialable(allowLoopback: policy.allowLoopback)
                else { continue }
                usable.append(ip)
            }
        }
        addresses = usable
    }

    package var name: String { node.name }
    package var uid: String { node.uid }
    package var kubeletPort: UInt16 { node.kubeletPort }

    /// Unix seconds since when this node is what its addresses lead to: it can't have been before it was created, nor
    /// before its kubelet became ready.
    package var ownedSince: Int64 {
        switch (node.createdAt, node.ready.lastTransition) {
        case (let created?, let ready?): max(created, ready)
        case (let known?, nil), (nil, let known?): known
        case (nil, nil): firstSeen
        }
    }

    package var isBeingDeleted: Bool { node.deletedAt != nil }

    /// Rule 1 of spec 4.4.
    var isReady: Bool { node.ready.status == .true && !isBeingDeleted }

    /// The keys that this node claims (spec 4.3).
    var kubeletAddresses: some Sequence<SocketAddress> {
        addresses.lazy.map { [port = kubeletPort] ip in SocketAddress(ip, port: port) }
    }

    /// The machine's id and UUID, without those that the object leaves empty, each once.
    var foldedIDs: some Sequence<String> {
        let info = node.nodeInfo
        let ids = [info.machineID, info.systemUUID == info.machineID ? "" : info.systemUUID]
        return ids.lazy.filter { !$0.isEmpty }.map(IdentityTable.folded)
    }

    func claims(_ ip: IPAddress) -> Bool { addresses.contains(ip) }

    /// Whether connections and evidence of one hold for the other. A machine replaced under the same node name keeps
    /// the Node's UID and changes `nodeInfo` (spec 6.1), which a young node has yet to fill.
    package func isSameMachine(as other: KnownNode) -> Bool { machine.isSame(as: other.machine) }

    func hasSameIDs(as other: KnownNode) -> Bool {
        node.nodeInfo.machineID == other.node.nodeInfo.machineID
            && node.nodeInfo.systemUUID == other.node.nodeInfo.systemUUID
    }

    package var machine: MachineIdentity {
        MachineIdentity(
            name: name, uid: uid, machineID: node.nodeInfo.machineID, systemUUID: node.nodeInfo.systemUUID)
    }
}

extension Node {
    /// What stands as InternalIP or ExternalIP and is no IP address.
    var malformedAddresses: some Sequence<String> {
        addresses.lazy
            .filter { ($0.kind == .internalIP || $0.kind == .externalIP) && IPAddress($0.value) == nil }
            .map(\.value)
    }

    /// The names besides its own that a claim may call this node by, as spelled in the object.
    var hostAddresses: some Sequence<String> {
        addresses.lazy
            .filter { [.hostname, .internalDNS, .externalDNS].contains($0.kind) && !$0.value.isEmpty }
            .map(\.value)
    }
}
