import Addressing
import FakeCluster
import Foundation
import Glibc

/// The files and addresses of one run.
struct Bench: Sendable {
    static let node = "node-a"
    /// As long as those of service accounts are.
    static let token = String(repeating: "tokenbytes", count: 100)
    static let plainPort: UInt16 = 10255
    static let tlsPort: UInt16 = 10250

    let directory: String
    private let sizes: [Body: Int]
    /// An address of this process' own for each scheme: nginx finds the upstream by the request's host alone.
    private let plainAddress: IPAddress
    private let tlsAddress: IPAddress

    init(_ bodies: Bodies) throws {
        let path = URL.temporaryDirectory.appending(path: "kubelet-load-test-peers-\(getpid())").path
        directory = path
        sizes = Dictionary(uniqueKeysWithValues: Body.allCases.map { ($0, bodies.bytes(of: $0).count) })
        let own = UInt32(truncatingIfNeeded: getpid()) & 0xffff
        plainAddress = IPAddress(v4: 0x7f4d_0000 | own)
        tlsAddress = IPAddress(v4: 0x7f4e_0000 | own)
        do { try write(bodies) } catch {
            remove()
            throw PeersError("can't prepare \(path): \(error.localizedDescription)")
        }
    }

    func remove() { try? FileManager.default.removeItem(atPath: directory) }

    func address(_ scheme: UpstreamScheme) -> IPAddress { scheme == .plain ? plainAddress : tlsAddress }

    /// Where a peer listens.
    func address(of peer: Peer, for workload: Workload) -> SocketAddress {
        SocketAddress(plainAddress, port: peer.port(for: workload.work, upstream: workload.upstream))
    }

    func file(_ name: String) -> String { "\(directory)/\(name)" }

    func file(_ body: Body) -> String { file("bodies/\(body.rawValue)") }

    /// How long a body is without compression.
    func bytes(of body: Body) -> Int { sizes[body] ?? 0 }

    func write(_ text: String, to name: String) throws {
        try Data(text.utf8).write(to: URL(filePath: file(name)))
    }

    private func write(_ bodies: Bodies) throws {
        // nginx' workers read the bodies as another user when it is started by root.
        try FileManager.default.createDirectory(
            atPath: file("bodies"), withIntermediateDirectories: true, attributes: [.posixPermissions: 0o755])
        for body in Body.allCases where body != .gzipText {
            try Data(bodies.bytes(of: body)).write(to: URL(filePath: file(body)))
        }
        let authority = try CertificateAuthority()
        let certificate = try authority.issue(.kubelet(node: Self.node, addresses: [plainAddress, tlsAddress]))
        try write(authority.certificatePEM, to: "ca.crt")
        try write(certificate.certificatePEM, to: "kubelet.crt")
        try write(certificate.privateKeyPEM, to: "kubelet.key")
        var node = FakeNode(Self.node, address: "\(plainAddress)", port: Self.tlsPort)
        node.addresses.append(FakeNode.Address("InternalIP", "\(tlsAddress)"))
        node.labels["topology.kubernetes.io/zone"] = "zone-a"
        try Data(NodesFile.json([node])).write(to: URL(filePath: file("nodes.json")))
    }
}
