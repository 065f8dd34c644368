/// A family of `/metrics/cadvisor`, as a kubelet of 1.36 serves it (vectors/kubelet).
///
/// How many there are decides how a body compresses: the ids of a container, which are random, come again in each family, and
/// deflate finds them only where they are less than 32 KiB apart.
struct CadvisorFamily {
    let name: String
    let type: String
    /// What each series of a container has besides the container's own labels.
    var labels = [""]

    /// About how many bytes a container has in all families together.
    static let bytesOfContainer = all.reduce(0) { $0 + $1.labels.count } * 330

    static let all: [CadvisorFamily] =
        (gauges.map { CadvisorFamily(name: "container_\($0)", type: "gauge") }
        + counters.map { CadvisorFamily(name: "container_\($0)_total", type: "counter") }
        + network.map {
            CadvisorFamily(name: "container_network_\($0)_total", type: "counter", labels: [",interface=\"eth0\""])
        } + [memoryFailures, tasksState]).sorted { $0.name < $1.name }

    private static let gauges = [
        "cpu_load_average_10s", "cpu_load_d_average_10s", "file_descriptors", "health_state", "last_seen",
        "memory_cache", "memory_kernel_usage", "memory_mapped_file", "memory_max_usage_bytes", "memory_rss",
        "memory_swap", "memory_total_active_file_bytes", "memory_total_inactive_file_bytes", "memory_usage_bytes",
        "memory_working_set_bytes", "processes", "sockets", "spec_cpu_period", "spec_cpu_shares",
        "spec_memory_limit_bytes", "spec_memory_reservation_limit_bytes", "spec_memory_swap_limit_bytes",
        "start_time_seconds", "threads", "threads_max",
    ]
    private static let counters = [
        "cpu_system_seconds", "cpu_usage_seconds", "cpu_user_seconds", "memory_failcnt", "oom_events",
    ]
    private static let network = ["receive", "transmit"].flatMap { way in
        ["bytes", "errors", "packets_dropped", "packets"].map { "\(way)_\($0)" }
    }
    private static let memoryFailures = CadvisorFamily(
        name: "container_memory_failures_total", type: "counter",
        labels: ["pgfault", "pgmajfault"].flatMap { failure in
            ["container", "hierarchy"].map { ",failure_type=\"\(failure)\",scope=\"\($0)\"" }
        })
    private static let tasksState = CadvisorFamily(
        name: "container_tasks_state", type: "gauge",
        labels: ["iowaiting", "running", "sleeping", "stopped", "uninterruptible"].map { ",state=\"\($0)\"" })
}
