import Glibc

/// The last descriptors of the process are nobody's connection: libdispatch, on whose threads Swift's tasks run, ends the process by
/// a trap (SIGILL) when it can't open a file of /proc, which it does each second while its threads have more to do than they can.
struct DescriptorReserve {
    private static let size = 64
    private let limit: Int
    private let size: Int
    /// Whether some of the reserve was in use when it was looked at last.
    private(set) var isTouched = false

    /// By the limit of open files as it is now.
    init() {
        var limit = rlimit()
        let isKnown = unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0
        self.init(limit: isKnown ? Int(clamping: limit.rlim_cur) : .max)
    }

    init(limit: Int) {
        self.limit = limit
        size = min(Self.size, limit / 8)
    }

    /// The kernel gives the lowest number that is free: a high one tells that few are left.
    mutating func note(_ descriptor: Int32) { if Int(descriptor) >= limit - size { isTouched = true } }

    /// Whether nothing but the reserve is left. Then nobody is accepted; who waits is accepted later.
    ///
    /// - Parameter descriptor: any that is open.
    mutating func isAllThatIsLeft(copying descriptor: Int32) -> Bool {
        guard isTouched else { return false }
        let lowest = fcntl(descriptor, F_DUPFD_CLOEXEC, 0)
        guard lowest >= 0 else { return true }
        close(lowest)
        isTouched = Int(lowest) >= limit - size
        return isTouched
    }

    /// Whether a descriptor lies so far in the reserve that it must not be used: what is dialled, bound or made as a pipe comes
    /// here, as nobody can ask for it later.
    func forbids(_ descriptor: Int32) -> Bool { Int(descriptor) >= limit - size / 2 }
}
