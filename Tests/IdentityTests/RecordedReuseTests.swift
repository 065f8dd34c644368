import Addressing
import Discovery
import Foundation
import Identity
import Testing

private let recording = "scenario-ip-reuse/watch.stamped"

/// A real kubelet dies, and another comes up at its address under another name while the first is still Ready=True.
@Suite(.enabled(if: Vectors.has(recording)))
struct RecordedReuseTests {
    private struct Event: Decodable {
        var type: String
        var object: VectorNode
    }

    @Test("The verdicts for both names at their one address, as the recording goes on")
    func verdicts() throws {
        let store = IdentityStore(policy: IdentityPolicy(allowLoopback: true))
        _ = store.replace(with: [Node]())
        let address = ScrapeDestination.address(try #require(SocketAddress("127.0.0.31:10250")))
        var history: [String] = []
        for line in String(decoding: try Vectors.read(recording), as: UTF8.self).split(separator: "\n") {
            let json = try #require(line.split(separator: "\t").last)
            let event = try VectorNode.decoder.decode(Event.self, from: Data(json.utf8))
            switch event.type {
            case "ADDED": _ = store.added(event.object.node)
            case "MODIFIED": _ = store.modified(event.object.node)
            case "DELETED": _ = store.deleted(event.object.node)
            default: continue
            }
            let state = ["old", "new"].map { store.verdict(for: NodeClaim(node: $0), at: address).reason.rawValue }
                .joined(separator: "/")
            if history.last != state { history.append(state) }
        }
        #expect(
            history == [
                "unknown_address/unknown_address", "no_ready_node/no_ready_node", "owner/unknown_node",
                // The new node registers, lists the address, and is Ready: all before the old one is marked.
                "owner/moved", "owner/stale_identity", "stale_identity/owner",
                "unknown_node/owner", "no_ready_node/no_ready_node", "unknown_address/unknown_address",
            ])
    }
}
