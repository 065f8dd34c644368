import Exposition
import Foundation
import Relabeling
import Testing

/// Goals 14.2 and 14.3, for a release build: `KRP_BENCH=1 swift test -c release --filter RewriteBenchmark`.
@Suite(
    "RewriteBenchmark", .serialized,
    .enabled(if: ProcessInfo.processInfo.environment["KRP_BENCH"] == "1" && Vectors.arePresent))
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

    /// What kube-prometheus' kubelet and cAdvisor jobs usually do.
    static func usualRules() throws -> [RelabelConfig] {
        let tasks = "container_(network_tcp_usage_total|network_udp_usage_total|tasks_state|cpu_load_average_10s)"
        let files =
            "container_(cpu_(cfs_throttled_seconds_total|load_average_10s|system_seconds_total)|"
            + "fs_(io_current|io_time_seconds_total|io_time_weighted_seconds_total|reads_merged_total|sector_reads_total)|"
            + "memory_(mapped_file|swap)|file_descriptors|threads_max|ulimits_soft)"
        return [
            try RelabelConfig(action: "drop", sourceLabels: ["__name__"], regex: tasks),
            try RelabelConfig(action: "drop", sourceLabels: ["__name__"], regex: files),
            try RelabelConfig(
                action: "drop", sourceLabels: ["__name__", "container"],
                regex: "container_(memory_failures_total|memory_failcnt|fs_usage_bytes);"),
            try RelabelConfig(action: "drop", sourceLabels: ["id", "pod"], regex: ".+;"),
            try RelabelConfig(
                action: "drop", sourceLabels: ["__name__", "interface"], regex: "container_network_.*;(cali|veth).*"),
            try RelabelConfig(sourceLabels: ["__metrics_path__"], targetLabel: "metrics_path"),
            try RelabelConfig(
                sourceLabels: ["__meta_kubernetes_node_label_topology_kubernetes_io_zone"], targetLabel: "zone"),
            try RelabelConfig(
                sourceLabels: ["image"], regex: "(?:.*/)?([^/@:]+)[@:].*", targetLabel: "image_name"),
            try RelabelConfig(sourceLabels: ["namespace", "pod"], separator: "/", targetLabel: "workload"),
            try RelabelConfig(action: "labeldrop", regex: "id|name"),
        ]
    }

    @Test("ten usual rules and a stamp on a 4 MB text body")
    func usual() throws {
        let rules = RelabelRules(
            try Self.usualRules(), stamps: [try Stamp(label: "node", source: "__meta_kubernetes_node_name")])
        let owner = [
            "__meta_kubernetes_node_name": "node-a", "__metrics_path__": "/metrics/cadvisor",
            "__meta_kubernetes_node_label_topology_kubernetes_io_zone": "eu-west-1a",
        ]
        try measure("ten rules", RewritePlan(rules.relabeler(owner: owner)))
    }

    @Test("a rule that never matches on a 4 MB text body")
    func idle() throws {
        let rule = try RelabelConfig(sourceLabels: ["namespace"], regex: "no such", targetLabel: "x")
        try measure("one idle rule", RewritePlan(RelabelRules([rule]).relabeler(owner: [:])))
    }

    private func measure(_ name: String, _ plan: RewritePlan) throws {
        let body = try Self.body()
        var best = Duration.seconds(1000)
        var counts = RewriteCounts()
        for _ in 0..<100 {
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
            counts = rewriter.counts
        }
        let seconds = Double(best.components.attoseconds) / 1e18 + Double(best.components.seconds)
        let rate = Int(Double(body.count) / seconds / 1e6)
        let perSeries = Int(seconds * 1e9 / Double(counts.samplesIn))
        print("\(name): \(rate) MB/s, \(perSeries) ns per series, \(counts)")
    }
}
