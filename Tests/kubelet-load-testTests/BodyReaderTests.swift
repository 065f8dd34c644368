import FakeCluster
import Testing

@testable import kubelet_load_test

@Suite("Whose body it is")
struct BodyReaderTests {
    static let corpus = MetricsCorpus.identified(bytes: 10_000)
    static let names = ["node-a", "node-b"]
    static var reader: BodyReader { BodyReader(machines: names.map { FakeNode.Machine(seed: $0).machineID }) }

    static func body(_ path: String, of name: String) throws -> MetricsBody {
        try #require(corpus.body(path, for: KubeletIdentity(FakeNode(name, address: "127.0.0.1"))))
    }

    static func text(_ lines: String...) -> [UInt8] { Array((lines.joined(separator: "\n") + "\n").utf8) }

    @Test("every endpoint says whose it is, and the same number of samples each time", arguments: MetricsCorpus.paths)
    func paths(path: String) throws {
        var reader = Self.reader
        let whole = try #require(WholeSamples.served(by: Self.corpus)[path])
        #expect(whole > 3)
        for (place, name) in Self.names.enumerated() {
            let body = try Self.body(path, of: name)
            let stored = StoredBody(kubelet: place, samples: whole, stamp: nil)
            for _ in 0..<2 {
                #expect(reader.read(body.plain.joined, isGzip: false) == .success(stored))
                #expect(reader.read(body.gzip.joined, isGzip: true) == .success(stored))
            }
        }
    }

    @Test("a gzip body that lacks a byte, or has another one, is short")
    func brokenGzip() throws {
        var reader = Self.reader
        var bytes = try Self.body("/metrics", of: "node-a").gzip.joined
        bytes[bytes.count - 6] ^= 1
        #expect(throws: BodyReader.Unreadable.self) { try reader.read(bytes, isGzip: true).get() }
        #expect(throws: BodyReader.Unreadable.self) { try reader.read(bytes.dropLast(), isGzip: true).get() }
    }

    @Test("a body that ends inside a line is short")
    func brokenLine() throws {
        var reader = Self.reader
        let bytes = try Self.body("/metrics", of: "node-a").plain.joined
        #expect(throws: BodyReader.Unreadable.self) { try reader.read(bytes.dropLast(), isGzip: false).get() }
    }

    @Test("a stamp is counted on every sample, and an exported label is no stamp")
    func stamps() {
        let facts = BodyFacts(
            Self.text(
                "# HELP a node=\"n\"", "a{node=\"n\"} 1", "b{x=\"y\",node=\"n\"} 1", "c{exported_node=\"n\"} 1", "d 1",
                "machine_fleet_member{machine_id=\"m\",node=\"n\"} 1"))
        #expect(facts.samples == 5)
        #expect(facts.stampedNode == "n")
        #expect(facts.stampedSamples == 3)
        #expect(facts.machines == ["m"])
    }

    @Test("a body of two machines, of an unknown one, or without the marker is nobody's")
    func nobody() throws {
        var reader = Self.reader
        let (a, b) = (FakeNode.Machine(seed: "node-a").machineID, FakeNode.Machine(seed: "node-b").machineID)
        let bodies = [
            Self.text("machine_cores{machine_id=\"\(b)\"} 1", "machine_fleet_member{machine_id=\"\(a)\"} 1"),
            Self.text("machine_fleet_member{machine_id=\"other\"} 1"),
            Self.text("machine_cores{machine_id=\"\(a)\"} 1"),
            Self.text("a 1"),
        ]
        for body in bodies { #expect(try reader.read(body, isGzip: false).get().kubelet == nil) }
    }
}
