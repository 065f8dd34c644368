import Addressing
import Discovery
import Foundation
import Identity
import Testing

/// Figures for spec 5.4 and 14.6, printed and not judged: a shared machine is no stopwatch. `KRP_BENCH=1 swift test -c
/// release --filter Benchmark`.
@Suite(.enabled(if: ProcessInfo.processInfo.environment["KRP_BENCH"] != nil))
struct BenchmarkTests {
    private static let count: UInt32 = 65_000

    private func name(_ number: UInt32) -> String {
        "ip-10-\(number / 65_536)-\(number / 256)-\(number % 256).eu.internal"
    }

    private func node(_ number: UInt32) -> Node {
        let pairs = (0..<15).map {
            (key: "topology.example.com/key-\($0)", value: "value-\(number)-\($0)-of-usual-length")
        }
        return Node(
            name: name(number), uid: "0b0e3f5c-8a1f-4b6e-9d0a-\(100_000_000_000 + UInt64(number))",
            resourceVersion: "\(1_000_000 + number)",
            addresses: [
                NodeAddress(.internalIP, "\(IPAddress(v4: 0x0a00_0000 + number))"),
                NodeAddress(.internalIP, "fd00::\(String(number, radix: 16))"),
                NodeAddress(.hostname, name(number)),
            ],
            ready: ReadyCondition(.true, lastTransition: noon), createdAt: noon, labels: PackedPairs(pairs),
            annotations: PackedPairs(pairs), providerID: "aws:///eu-central-1a/i-\(number)",
            nodeInfo: NodeInfo(
                machineID: "ec2\(number)0123456789abcdef01234567",
                systemUUID: "ec2\(number)-0123-4567-89ab-cdef01234567",
                bootID: "1f3e\(number)-1111-2222-3333-444455556666"))
    }

    @Test("65,000 nodes: time of a verdict, of an event, of a list, and memory")
    func table() throws {
        let clock = ContinuousClock()
        let before = try residentMiB()
        var nodes = (0..<Self.count).map(node)
        let withNodes = try residentMiB()
        let store = IdentityStore(policy: IdentityPolicy())
        let load = clock.measure { _ = store.replace(with: nodes) }
        let withTable = try residentMiB()
        let reload = clock.measure { _ = store.replace(with: nodes) }
        nodes = []

        let claims = (0..<4096).map { position in
            let number = UInt32(position) &* 2_654_435_761 % Self.count
            return (
                NodeClaim(node: name(number)),
                ScrapeDestination.address(SocketAddress(IPAddress(v4: 0x0a00_0000 + number), port: 10250))
            )
        }
        var forwarded = 0
        let rounds = (0..<200).map { _ in
            clock.measure {
                for (claim, destination) in claims
                where store.verdict(for: claim, at: destination).decision == .forward { forwarded += 1 }
            } / claims.count
        }.sorted()
        #expect(forwarded == rounds.count * claims.count)
        let events = clock.measure { for number in 0..<UInt32(1000) { _ = store.modified(node(number)) } }
        print("verdict: median \(rounds[rounds.count / 2]), best \(rounds[0])")
        print("event, with the making of its Node: \(events / 1000)")
        print("first list: \(load), second list: \(reload)")
        print("resident: \(withNodes - before) MiB nodes, \(withTable - withNodes) MiB table")
    }

    @Test("5,000 nodes with five paths each: time that remembering a scrape takes, and memory")
    func takeovers() throws {
        let paths = ["/metrics", "/metrics/cadvisor", "/metrics/resource", "/metrics/probes", "/metrics/slis"]
        let table = IdentityTable((0..<5_000).map(node))
        let streams = table.nodes.flatMap { node in paths.map { (node, $0) } }
        let prometheus = TakeoverMemory.Downstream.address(IPAddress(v4: 0x0a01_0101))
        let before = try residentMiB()
        var memory = TakeoverMemory()
        var now: UInt64 = 0
        for round in 0..<4 {
            let time = ContinuousClock().measure {
                for (node, path) in streams {
                    now += 1
                    let stream = TakeoverMemory.Stream(of: node, port: 10250, path: path)
                    memory.end(memory.begin(stream, as: .owner, for: prometheus, at: now), isStored: true)
                }
            }
            print("takeovers, round \(round): \(time / streams.count) a scrape")
        }
        #expect(memory.streamCount == streams.count)
        print("takeovers: \(try residentMiB() - before) MiB for \(streams.count) streams")
    }

    /// From pages of 4 KiB.
    private func residentMiB() throws -> Int {
        let statm = try FileHandle(forReadingFrom: URL(fileURLWithPath: "/proc/self/statm")).readToEnd() ?? Data()
        let pages = String(decoding: statm, as: UTF8.self).split(separator: " ")
        return try #require(Int(pages[1])) / 256
    }
}
