import Exposition
import Foundation
import Relabeling
import Testing

/// Goals 14.2 and 14.3, for a release build: `KRP_BENCH=1 swift test -c release --filter RewriteBenchmark`.
@Suite("RewriteBenchmark", .enabled(if: ProcessInfo.processInfo.environment["KRP_BENCH"] == "1" && Vectors.arePresent))
struct RewriteBenchmark {
    /// 4 MB of a real cAdvisor body.
    static func body() throws -> [UInt8] {
        let recorded = try Vectors.bytes("kubelet/node-big/metrics_cadvisor.default.identity.body")
        var body = recorded
        while body.count < 4 << 20 { body += recorded }
        let end = body[..<(4 << 20)].lastIndex(of: UInt8(ascii: "\n")) ?? 0
        return Array(body[...end])
    }

    @Test("stamping a 4 MB text body")
    func stamping() throws {
        let rules = RelabelRules([], stamps: [try Stamp(label: "node", source: "__meta_kubernetes_node_name")])
        try measure("stamp", RewritePlan(rules.relabeler(owner: ["__meta_kubernetes_node_name": "node-a"])))
    }

    private func measure(_ name: String, _ plan: RewritePlan) throws {
        let body = try Self.body()
        var best = Duration.seconds(1000)
        var samples = 0
        for _ in 0..<20 {
            var output = OutputBytes(capacity: 128 << 10)
            let rewriter = plan.rewriter(for: .text)
            let clock = ContinuousClock()
            let start = clock.now
            try unsafe body.withUnsafeBytes { bytes in
                for offset in stride(from: 0, to: bytes.count, by: 64 << 10) {
                    let end = min(offset + 64 << 10, bytes.count)
                    try unsafe rewriter.write(UnsafeRawBufferPointer(rebasing: bytes[offset..<end]), to: &output)
                    output.removeAll()
                }
            }
            try rewriter.finish(to: &output)
            best = min(best, clock.now - start)
            samples = rewriter.counts.samplesIn
        }
        let seconds = Double(best.components.attoseconds) / 1e18 + Double(best.components.seconds)
        print(
            "\(name): \(Int(Double(body.count) / seconds / 1e6)) MB/s, \(Int(seconds * 1e9 / Double(samples))) ns per series, \(samples) series"
        )
    }
}
