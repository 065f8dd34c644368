import Addressing
import Discovery
import Identity
import Testing

@Suite("Kubelets that may be scraped")
struct OwnedKubeletTests {
    private func store(_ nodes: [Node], policy: IdentityPolicy = IdentityPolicy()) -> IdentityStore {
        let store = IdentityStore(policy: policy)
        _ = store.replace(with: nodes)
        return store
    }

    private func listed(_ nodes: [Node], policy: IdentityPolicy = IdentityPolicy()) throws -> [String] {
        try store(nodes, policy: policy).ownedKubelets().get().map { "\($0.node.name) \($0.ip)" }
    }

    @Test("are those of owners, by name, each once, at its first InternalIP")
    func owners() throws {
        let nodes = [
            Node("node-d", at: "fd00::7", "10.0.0.7", external: ["192.0.2.7"]),
            Node("node-a", at: "10.0.0.5", ready: .unknown), Node("node-b", at: "10.0.0.5"),
            Node("node-c", at: "10.0.0.6", ready: .false), Node("node-e"), Node("node-f", external: ["192.0.2.8"]),
        ]
        #expect(try listed(nodes) == ["node-b 10.0.0.5", "node-d fd00::7", "node-f 192.0.2.8"])
        #expect(
            try listed(nodes, policy: IdentityPolicy(notReady: .sole)) == [
                "node-b 10.0.0.5", "node-c 10.0.0.6", "node-d fd00::7", "node-f 192.0.2.8",
            ])
    }

    @Test("are found at the next address where the first one is another node's")
    func lostAddress() throws {
        let nodes = [Node("node-a", at: "10.0.0.5", "10.0.0.6", created: noon - 9000), Node("node-b", at: "10.0.0.5")]
        #expect(try listed(nodes) == ["node-a 10.0.0.6", "node-b 10.0.0.5"])
    }

    @Test("may share an address on ports of their own")
    func sharedAddress() throws {
        let nodes = [Node("node-b", at: "10.0.0.5", port: 10251), Node("node-a", at: "10.0.0.5")]
        #expect(try listed(nodes) == ["node-a 10.0.0.5", "node-b 10.0.0.5"])
    }

    @Test("are not told before the first list; of an empty one there are none")
    func unsynced() throws {
        let store = IdentityStore(policy: IdentityPolicy())
        guard case .failure(let trouble) = store.ownedKubelets() else {
            Issue.record("an unsynced table lists kubelets")
            return
        }
        #expect(trouble.verdict.reason == .notSynced)
        #expect(try listed([]).isEmpty)
    }

    @Test("are not told from a table that is too old")
    func stale() async throws {
        let store = store([Node("node-a", at: "10.0.0.5")], policy: IdentityPolicy(maxStaleness: .nanoseconds(1)))
        try await Task.sleep(for: .milliseconds(2))
        guard case .failure(let trouble) = store.ownedKubelets() else {
            Issue.record("a stale table lists kubelets")
            return
        }
        #expect(trouble.verdict.reason == .staleTable)
        store.markLive()
        #expect(try store.ownedKubelets().get().count == 1)
    }
}
