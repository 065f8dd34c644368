import Glibc

/// The `process_*` metrics that Prometheus' client libraries have in common, read from Linux at each scrape.
/// A value that can't be read is left out.
extension MetricRegistry {
    package func processMetrics() {
        callback("process_cpu_seconds_total", "Total user and system CPU time spent in seconds.", kind: .counter) {
            Process.cpuSeconds()
        }
        callback("process_resident_memory_bytes", "Resident memory size in bytes.", kind: .gauge) {
            Process.memoryPages(field: 1).map { $0 * Process.pageSize }
        }
        callback("process_virtual_memory_bytes", "Virtual memory size in bytes.", kind: .gauge) {
            Process.memoryPages(field: 0).map { $0 * Process.pageSize }
        }
        callback("process_open_fds", "Number of open file descriptors.", kind: .gauge) {
            Process.openFileDescriptors()
        }
        callback("process_max_fds", "Maximum number of open file descriptors.", kind: .gauge) {
            Process.fileDescriptorLimit()
        }
        // It never changes: read once.
        let start = Process.startTime()
        callback(
            "process_start_time_seconds", "Start time of the process since unix epoch in seconds.", kind: .gauge
        ) { start }
    }
}

private enum Process {
    static let pageSize = Double(sysconf(Int32(_SC_PAGESIZE)))

    static func cpuSeconds() -> Double? {
        var usage = rusage()
        guard unsafe getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage) == 0 else { return nil }
        return seconds(usage.ru_utime) + seconds(usage.ru_stime)
    }

    private static func seconds(_ time: timeval) -> Double {
        Double(time.tv_sec) + Double(time.tv_usec) / 1e6
    }

    /// A field of /proc/self/statm, in pages (proc_pid_statm(5)): 0 the whole address space, 1 what is resident.
    static func memoryPages(field: Int) -> Double? {
        let fields = text(of: "/proc/self/statm")?.split(separator: " ")
        guard let fields, field < fields.count else { return nil }
        return Double(fields[field])
    }

    static func openFileDescriptors() -> Double? {
        guard let directory = unsafe opendir("/proc/self/fd") else { return nil }
        defer { unsafe closedir(directory) }
        var entries = 0
        while unsafe readdir(directory) != nil { entries += 1 }
        // Without `.`, `..` and the descriptor that reads the directory.
        return Double(entries - 3)
    }

    static func fileDescriptorLimit() -> Double? {
        var limit = rlimit()
        guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return nil }
        return Double(limit.rlim_cur)
    }

    /// Seconds since the epoch: the boot time, plus the clock ticks from boot to start (field 22 of proc_pid_stat(5)).
    static func startTime() -> Double? {
        // The command's name, field 2, may hold spaces and brackets: count from behind its last bracket.
        guard let stat = text(of: "/proc/self/stat"), let bracket = stat.lastIndex(of: ")") else { return nil }
        let fields = stat[bracket...].split(separator: " ")
        guard fields.count > 20, let ticks = Double(fields[20]) else { return nil }
        let boot = text(of: "/proc/stat")?.split(separator: "\n").first { $0.hasPrefix("btime ") }
        guard let boot, let bootTime = Double(boot.dropFirst(6)) else { return nil }
        return bootTime + ticks / Double(sysconf(Int32(_SC_CLK_TCK)))
    }

    private static func text(of path: String) -> String? {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var text: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = unsafe chunk.withUnsafeMutableBytes { unsafe read(descriptor, $0.baseAddress, $0.count) }
            guard count > 0 else { break }
            text += chunk[..<count]
        }
        return String(decoding: text, as: UTF8.self)
    }
}
