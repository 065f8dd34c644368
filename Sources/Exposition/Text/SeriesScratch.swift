/// Memory for what a series needs beside its bytes: unescaped names and values, numbers as rules see them.
@safe struct SeriesScratch: ~Copyable {
    private var base: UnsafeMutablePointer<UInt8>
    private var capacity = 4096
    private var count = 0

    init() {
        unsafe base = .allocate(capacity: capacity)
    }

    deinit {
        unsafe base.deallocate()
    }

    /// Makes room for `length` bytes in all; what was there before is gone.
    @inline(__always)
    mutating func begin(_ length: Int) {
        count = 0
        if length > capacity { grow(length) }
    }

    /// Room for `length` bytes, of those that `begin` was told of.
    @inline(__always)
    mutating func take(_ length: Int) -> UnsafeMutablePointer<UInt8> {
        precondition(count + length <= capacity)
        defer { count += length }
        return unsafe base + count
    }

    @inline(never)
    private mutating func grow(_ length: Int) {
        unsafe base.deallocate()
        capacity = max(length, 2 * capacity)
        unsafe base = .allocate(capacity: capacity)
    }
}
