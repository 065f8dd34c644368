#if canImport(Glibc)
    import Glibc
#else
    import Musl
#endif

/// The metric name of the series at hand and what is known of it. Series of one name follow one another, so what depends
/// on the name alone is found out once per run of them (spec 7.4).
@safe struct MetricNameState: ~Copyable {
    private var bytes: UnsafeMutablePointer<UInt8>
    private var capacity = 256
    private var length = -1
    /// For ``MetadataGate``.
    private(set) var hash: UInt64 = 0
    /// Rules drop every series of that name.
    private(set) var isDropped = false
    /// What the gate was told.
    var noted: SeriesNames.Fate = []

    init() {
        unsafe bytes = .allocate(capacity: capacity)
    }

    deinit {
        unsafe bytes.deallocate()
    }

    @inline(__always)
    func `is`(_ name: UnsafePointer<UInt8>, _ count: Int) -> Bool {
        unsafe count == length && memcmp(bytes, name, count) == 0
    }

    mutating func become(_ name: UnsafePointer<UInt8>, _ count: Int, hash: UInt64, isDropped: Bool) {
        if count > capacity {
            unsafe bytes.deallocate()
            capacity = count
            unsafe bytes = .allocate(capacity: capacity)
        }
        unsafe bytes.update(from: name, count: count)
        length = count
        self.hash = hash
        self.isDropped = isDropped
        noted = []
    }
}
