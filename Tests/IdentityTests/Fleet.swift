import Addressing
import Discovery
import Identity
import Testing

/// The tests' day: 2026-11-24 12:30:00 UTC.
let noon: Int64 = 1_795_523_400

func minutes(_ count: Int64) -> Int64 { count * 60 }

extension Node {
    /// A node as the tests' tables spell it: created an hour before `noon`, Ready a minute later.
    init(
        _ name: String, at addresses: String..., external: [String] = [], hosts: [NodeAddress] = [],
        port: UInt16 = Node.defaultKubeletPort, ready: ReadyCondition.Status = .true, created: Int64? = noon - 3600,
        readySince: Int64? = nil, deleted: Bool = false, uid: String? = nil, machine: String = ""
    ) {
        self.init(
            name: name, uid: uid ?? "uid-\(name)",
            addresses: addresses.map { NodeAddress(.internalIP, $0) } + external.map { NodeAddress(.externalIP, $0) }
                + hosts,
            kubeletPort: port,
            ready: ReadyCondition(ready, lastTransition: readySince ?? created.map { $0 + 60 }),
            createdAt: created, deletedAt: deleted ? noon : nil, nodeInfo: NodeInfo(machineID: machine))
    }
}

extension IdentityTable {
    init(_ nodes: [Node], policy: IdentityPolicy = IdentityPolicy()) {
        self.init(nodes, replacing: IdentityTable(policy: policy), policy: policy, now: noon)
    }

    /// The verdict for a scrape that names `node`, sent to `address` ("10.0.0.5:10250"), or by name to `:port` or to "".
    func verdict(_ node: String? = nil, uid: String? = nil, at address: String) throws -> IdentityVerdict {
        verdict(for: NodeClaim(node: node, uid: uid), at: try destination(address))
    }
}

func destination(_ text: String) throws -> ScrapeDestination {
    if text.isEmpty { return .ownAddress(port: nil) }
    if text.hasPrefix(":") {
        let port: UInt16 = try #require(UInt16(text.dropFirst()))
        return .ownAddress(port: port)
    }
    return .address(try #require(SocketAddress(text)))
}
