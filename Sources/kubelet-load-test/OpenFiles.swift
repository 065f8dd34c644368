import Glibc

/// What the kernel and the C library grant this process.
enum OpenFiles {
    /// A kubelet needs a descriptor for its port and one for each connection: as many as may be.
    static func raiseLimit() {
        var limit = rlimit()
        guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
        limit.rlim_cur = limit.rlim_max
        _ = unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }

    /// Into a pipe, standard output is buffered: whoever waits for "ready" would wait for ever.
    static func flush() { _ = fflush(nil) }
}
