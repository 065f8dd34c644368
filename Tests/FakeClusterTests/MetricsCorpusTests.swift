import Foundation
import Testing

@testable import FakeCluster

@Suite struct MetricsCorpusTests {
    private static let identity = KubeletIdentity(FakeNode("node-a", address: "127.0.0.1"))

    private func text(_ path: String, _ corpus: MetricsCorpus = .small) throws -> String {
        String(decoding: try #require(corpus.body(path, for: Self.identity)).plain.joined, as: UTF8.self)
    }

    @Test("/metrics names the node once, in the middle")
    func nodeName() throws {
        let lines = try text("/metrics").split(separator: "\n")
        let places = lines.indices.filter { lines[$0] == "kubelet_node_name{node=\"node-a\"} 1" }
        #expect(places.count == 1)
        let place = try #require(places.first)
        #expect((lines.count / 4...lines.count * 3 / 4).contains(place))
    }

    @Test("/metrics/cadvisor has the machine's ids on the machine_ families, at the very end")
    func machineIDs() throws {
        let machine = Self.identity.machine
        let ids =
            "boot_id=\"\(machine.bootID)\",machine_id=\"\(machine.machineID)\",system_uuid=\"\(machine.systemUUID)\""
        let lines = try text("/metrics/cadvisor").split(separator: "\n")
        #expect(lines.last == "machine_swap_bytes{\(ids)} 0")
        #expect(lines.filter { $0.contains(ids) }.count == 3)
        #expect(lines.dropLast(12).allSatisfy { !$0.contains("machine_id") })
    }

    @Test(
        "The other endpoints carry no identity", arguments: ["/metrics/resource", "/metrics/probes", "/metrics/slis"])
    func noIdentity(path: String) throws {
        let text = try text(path)
        #expect(!text.contains("node-a"))
        #expect(!text.contains("machine_id"))
    }

    @Test("Bodies are made to size", arguments: [1_000, 100_000, 750_000, 4_000_000])
    func sizes(bytes: Int) throws {
        let corpus = MetricsCorpus.generated(bytes: bytes)
        for path in ["/metrics", "/metrics/cadvisor"] {
            let count = try #require(corpus.body(path, for: Self.identity)).plain.count
            #expect((bytes * 8 / 10...bytes + 1000).contains(count), "\(path): \(count)")
        }
    }

    @Test("What two kubelets serve differs in their identity only, and its gzip is whole")
    func pieces() throws {
        let other = KubeletIdentity(FakeNode("another-node", address: "127.0.0.2"))
        for path in MetricsCorpus.paths {
            let one = try #require(MetricsCorpus.small.body(path, for: Self.identity))
            let two = try #require(MetricsCorpus.small.body(path, for: other))
            #expect(Gzip.decompress(one.gzip.joined) == one.plain.joined)
            #expect(Gzip.decompress(two.gzip.joined) == two.plain.joined)
            let exchanged = String(decoding: two.plain.joined, as: UTF8.self)
                .replacing(other.nodeName, with: Self.identity.nodeName)
                .replacing(other.machine.machineID, with: Self.identity.machine.machineID)
                .replacing(other.machine.systemUUID, with: Self.identity.machine.systemUUID)
                .replacing(other.machine.bootID, with: Self.identity.machine.bootID)
            #expect(exchanged == String(decoding: one.plain.joined, as: UTF8.self))
        }
    }

    @Test(
        "Recorded bodies pass unchanged under the recorded identity, and take on any other",
        .enabled(if: RecordedVectors.arePresent, "the recorded answers are absent"))
    func recorded() throws {
        let directory = try #require(RecordedVectors.directory).appending(path: "kubelet/node-a").path
        let corpus = try MetricsCorpus.recorded(in: directory)
        var identity = Self.identity
        identity.machine = FakeNode.Machine(
            machineID: "9ac48e51b475502c6d26d53759a117af", systemUUID: "a5ca6c7c-5bf8-ce07-c60b-428424338d69",
            bootID: "e3f9969a-410d-6553-be6d-8da5f884e55d")
        for path in MetricsCorpus.paths {
            let file = path.dropFirst().replacing("/", with: "_") + ".default.identity.body"
            let body = try #require(corpus.body(path, for: identity))
            #expect(body.plain.joined == (try RecordedVectors.bytes("kubelet/node-a/\(file)")))
            #expect(Gzip.decompress(body.gzip.joined) == body.plain.joined)
        }
        let other = try #require(
            corpus.body("/metrics/cadvisor", for: KubeletIdentity(FakeNode("x", address: "127.0.0.2"))))
        #expect(!String(decoding: other.plain.joined, as: UTF8.self).contains(identity.machine.machineID))
    }

    @Test("Timestamps can be taken out of a body, and nothing else")
    func timestamps() {
        let body = "# HELP a 1795478176275\na{b=\"c 1795478176275\"} 1 1795478176275\nd 1795478176275\ne 1\n"
        let stripped = "# HELP a 1795478176275\na{b=\"c 1795478176275\"} 1\nd 1795478176275\ne 1\n"
        #expect(String(decoding: MetricsCorpus.withoutTimestamps(Array(body.utf8)), as: UTF8.self) == stripped)
    }
}
