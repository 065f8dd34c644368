import Addressing
import FakeCluster
import FoundationEssentials

/// The files by which clients find their way into a fleet. Each is replaced whole, never seen half written.
struct FleetFiles: Sendable {
    private let directory: String
    private let cluster: FakeCluster
    private let settings: FleetSettings

    init(_ directory: String, cluster: FakeCluster, settings: FleetSettings) {
        self.directory = directory
        self.cluster = cluster
        self.settings = settings
    }

    /// What does not change while the fleet runs.
    func write(control: SocketAddress) throws {
        try put("ca.crt", cluster.authority.certificatePEM)
        try put("token", settings.scraperToken)
        try put("control", "http://\(control)")
        guard settings.apiAddress != nil else { return }
        try put("kubeconfig", cluster.apiServer.kubeconfig())
        // Of a user who may use the node proxy, for `forward`.
        try put("kubeconfig-debug", cluster.apiServer.kubeconfig(token: FakeCluster.debugToken))
    }

    /// The nodes as they are now, as objects and as Prometheus' file_sd has them.
    func write(nodes: [FakeNode]) throws {
        try put("nodes.json", NodesFile.json(nodes))
        let groups: [JSONValue] = nodes.compactMap { node in
            guard let address = node.addresses.first else { return nil }
            return [
                "targets": [.string("\(address.value):\(node.kubeletPort)")], "labels": ["node": .string(node.name)],
            ]
        }
        try put("targets.json", JSONValue.array(groups).text + [UInt8(ascii: "\n")])
    }

    private func put(_ name: String, _ text: String) throws { try put(name, Array(text.utf8)) }

    private func put(_ name: String, _ bytes: [UInt8]) throws {
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        try Data(bytes).write(to: URL(filePath: "\(directory)/\(name)"), options: .atomic)
    }
}
