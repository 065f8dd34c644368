import Exposition
import Foundation
import Relabeling
import Testing

/// CPU time of what spec 14.2 measures, printed for reading: run in release mode with KRP_BENCH=1.
@Suite(
    "Benchmarks of compression and protobuf", .serialized,
    .enabled(if: ProcessInfo.processInfo.environment["KRP_BENCH"] != nil && Vectors.arePresent))
struct GzipBenchmarks {
    @Test("gunzip, stamp and gzip, 3.6 MB of text")
    func text() throws {
        try measure(try body("metrics_cadvisor.default.identity.body"), .text)
    }

    @Test("gunzip, stamp and gzip, 3.4 MB of protobuf")
    func protobuf() throws {
        try measure(try body("metrics_cadvisor.prom3proto.identity.body"), .protobuf)
    }

    private func measure(_ body: [UInt8], _ format: ExpositionFormat) throws {
        let stamp = try Stamp(label: "node", source: "__meta_kubernetes_node_name")
        let owner = ["__meta_kubernetes_node_name": "node-a"]
        let plan = RewritePlan(RelabelRules([], stamps: [stamp]).relabeler(owner: owner))
        let pool = GzipPool()
        let stream = deflate(body)
        for (source, destination) in [
            (ContentCoding.gzip, ContentCoding.gzip), (.gzip, .identity), (.identity, .gzip), (.identity, .identity),
        ] {
            let input = source == .gzip ? stream : body
            var best = Double.infinity
            var length = 0
            for _ in 0..<15 {
                let start = clock()
                let engine = format == .protobuf ? plan.protobufRewriter() : plan.rewriter(for: format)
                let rewriter = CodedRewriter(engine, from: source, to: destination, pool: pool)
                length = try run(input, through: rewriter)
                best = min(best, Double(clock() - start) / Double(CLOCKS_PER_SEC))
            }
            let speed = Double(body.count) / best / 1e6
            print(
                "BENCH \(format) \(source) to \(destination): \(Int(speed)) MB/s, \(Int(best * 1e6)) us, \(input.count) -> \(length)"
            )
        }
    }

    private func run(_ input: [UInt8], through rewriter: CodedRewriter) throws -> Int {
        var output = OutputBytes(capacity: 200_000)
        var length = 0
        try unsafe input.withUnsafeBytes { bytes in
            for start in stride(from: 0, to: bytes.count, by: 16_384) {
                var chunk = unsafe UnsafeRawBufferPointer(rebasing: bytes[start..<min(start + 16_384, bytes.count)])
                while unsafe try !rewriter.write(&chunk, to: &output) {
                    length += output.count
                    output.removeAll()
                }
                length += output.count
                output.removeAll()
            }
        }
        try rewriter.finish(to: &output)
        return length + output.count
    }

    /// A recorded body of a node with 61 pods.
    private func body(_ name: String) throws -> [UInt8] {
        try Vectors.bytes("kubelet/node-big/" + name)
    }
}
