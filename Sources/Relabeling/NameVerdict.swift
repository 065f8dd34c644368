/// The last name judged and the verdict: series of one family follow one another.
@safe struct NameVerdict: ~Copyable {
    private static let limit = 256
    private let bytes: UnsafeMutablePointer<UInt8>
    private var count = -1
    private var isDropped = false

    init() { unsafe bytes = .allocate(capacity: Self.limit) }
    deinit { unsafe bytes.deallocate() }

    /// Nil for another name than the last.
    @inline(__always) func verdict(on name: ByteRun) -> Bool? {
        guard name.count == count, unsafe ByteRun(start: bytes, count: count) == name else { return nil }
        return isDropped
    }

    mutating func remember(_ name: ByteRun, isDropped: Bool) {
        guard name.count <= Self.limit else { return }
        unsafe bytes.update(from: name.start, count: name.count)
        count = name.count
        self.isDropped = isDropped
    }
}
