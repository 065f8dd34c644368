import Foundation
import Relabeling
import Testing

/// How long rules take for a series, lexing and writing not counted. Figures, not verdicts: run it alone, in release mode,
/// with KRP_BENCH=1.
@Suite(.serialized, .enabled(if: ProcessInfo.processInfo.environment["KRP_BENCH"] != nil, "KRP_BENCH is not set"))
struct RelabelBenchmark {
    /// Those of kube-prometheus-stack for cAdvisor, and two that are often added.
    private static let usual: [(action: String, sources: [String]?, regex: String?, target: String?, to: String?)] = [
        (
            "drop", ["__name__"],
            "container_cpu_(cfs_throttled_seconds_total|load_average_10s|system_seconds_total|user_seconds_total)", nil,
            nil
        ),
        (
            "drop", ["__name__"],
            "container_fs_(io_current|io_time_seconds_total|io_time_weighted_seconds_total|reads_merged_total"
                + "|sector_reads_total|sector_writes_total|writes_merged_total)", nil, nil
        ),
        ("drop", ["__name__"], "container_memory_(mapped_file|swap)", nil, nil),
        ("drop", ["__name__"], "container_(file_descriptors|tasks_state|threads_max)", nil, nil),
        ("drop", ["__name__", "scope"], "container_memory_failures_total;hierarchy", nil, nil),
        (
            "drop", ["__name__", "interface"], "container_network_.*;(cali|cilium|cni|lxc|nodelocaldns|tunl).*", nil,
            nil
        ),
        ("drop", ["__name__"], "container_spec.*", nil, nil), ("drop", ["id", "pod"], ".+;", nil, nil),
        ("replace", ["__metrics_path__"], nil, "metrics_path", nil), ("labeldrop", nil, "id|name", nil, nil),
    ]

    @Test(
        "Ten usual rules over the series of a cAdvisor answer",
        arguments: ["usual", "with an engine's capture", "stamp"])
    func tenRules(kind: String) throws {
        var configs = try Self.usual.map {
            try RelabelConfig(
                action: $0.action, sourceLabels: $0.sources, regex: $0.regex, targetLabel: $0.target, replacement: $0.to
            )
        }
        if kind != "usual" {
            configs[2] = try RelabelConfig(
                sourceLabels: ["pod"], regex: "(.+)-[a-z0-9]{4,10}-[a-z0-9]{4,6}", targetLabel: "workload")
        }
        if kind == "stamp" { configs = [] }
        let stamp = try Stamp(label: "node", source: "__meta_kubernetes_node_name")
        let rules = RelabelRules(configs, stamps: [stamp])
        let owner = [
            "__meta_kubernetes_node_name": "node-a", "__metrics_path__": "/metrics/cadvisor",
            "__meta_kubernetes_node_label_zone": "a",
        ]
        var made = 0
        let making = cpuTime {
            for _ in 0..<1000 where rules.relabeler(owner: owner).traits.canDrop { made += 1 }
        }
        let relabeler = rules.relabeler(owner: owner)
        let series = CadvisorSeries(count: 25_000)
        var labels = Labels(relabeler)
        var outcomes: [RelabelOutcome: Int] = [:]
        let rounds = 40
        var appending = 0.0
        for _ in 0..<rounds {
            appending += cpuTime { for index in 0..<series.count { series.append(index, to: &labels) } }
        }
        let relabeling = cpuTime {
            for _ in 0..<rounds {
                for index in 0..<series.count {
                    series.append(index, to: &labels)
                    outcomes[labels.relabel(), default: 0] += 1
                }
            }
        }
        let each = { (time: Double) in "\(Int(time * 1e9 / Double(rounds * series.count))) ns" }
        print("\(kind): \(series.count) series, \(outcomes.mapValues { $0 / rounds })")
        print(
            "\(kind): \(each(appending)) a series to append, \(each(relabeling)) with rules; ready in \(Int(making * 1e6)) ns"
        )
    }
}

/// Seconds of this thread's processor: others use the machine too.
private func cpuTime(_ work: () -> Void) -> Double {
    let now = {
        var time = timespec()
        unsafe clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
    let start = now()
    work()
    return now() - start
}

/// Label sets of the shape of cAdvisor's, laid out once.
@safe private struct CadvisorSeries {
    let count: Int
    private var memory: UnsafeMutablePointer<UInt8>
    private var parts: [[(name: Range<Int>, value: Range<Int>)]] = []

    init(count: Int) {
        self.count = count
        let families = [
            "container_cpu_system_seconds_total", "container_cpu_usage_seconds_total", "container_file_descriptors",
            "container_last_seen", "container_memory_cache", "container_memory_failures_total",
            "container_memory_mapped_file", "container_memory_rss", "container_memory_usage_bytes",
            "container_memory_working_set_bytes", "container_network_receive_bytes_total", "container_oom_events_total",
            "container_processes", "container_sockets", "container_spec_cpu_shares", "container_tasks_state",
            "container_threads", "container_threads_max", "container_start_time_seconds", "container_ulimits_soft",
        ]
        var bytes: [UInt8] = []
        let perFamily = count / families.count
        for index in 0..<count {
            let container = index % perFamily
            let pod = container % 10 == 0 ? "" : "workload-9ae0e-a9e3c\(container % 100)"
            let hash = String(repeating: "356c5d50", count: 8)
            var labels = [
                ("__name__", families[min(index / perFamily, families.count - 1)]), ("container", "sidecar"),
                ("id", "/kubepods/burstable/pod8a97f4a9-4bdd-4196-831c-89cd2e07c5dc/\(hash)\(container)"),
                ("image", "registry.example/some/image:v1.2.\(container % 7)"), ("name", hash),
                ("namespace", "monitoring"), ("pod", pod),
            ]
            if labels[0].1 == "container_memory_failures_total" {
                labels.append(("scope", container % 2 == 0 ? "hierarchy" : "container"))
            }
            if labels[0].1.hasPrefix("container_network") { labels.append(("interface", "eth\(container % 3)")) }
            parts.append(
                labels.map { name, value in
                    let start = bytes.count
                    bytes += Array(name.utf8)
                    let middle = bytes.count
                    bytes += Array(value.utf8)
                    return (start..<middle, middle..<bytes.count)
                })
        }
        unsafe memory = .allocate(capacity: bytes.count)
        unsafe memory.initialize(from: bytes, count: bytes.count)
    }

    @inline(never) func append(_ index: Int, to labels: inout Labels) {
        labels.begin()
        var origin = 0
        for part in parts[index] {
            unsafe labels.append(
                name: ByteRun(start: memory + part.name.lowerBound, count: part.name.count),
                value: ByteRun(start: memory + part.value.lowerBound, count: part.value.count), origin: origin)
            origin += 1
        }
    }
}
