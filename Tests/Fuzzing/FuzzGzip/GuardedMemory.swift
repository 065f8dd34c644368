import Glibc

/// Memory behind which nothing can be read or written: ISA-L is assembly, which no sanitizer looks into.
///
/// One thread uses it, from one `room` or `copy` to the next.
@safe final class GuardedMemory: @unchecked Sendable {
    private let base: UnsafeMutableRawPointer
    private let size: Int
    private static let pageSize = 4096

    init(capacity: Int) {
        size = (capacity + Self.pageSize - 1) / Self.pageSize * Self.pageSize
        let mapped = unsafe mmap(
            nil, size + Self.pageSize, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
        guard let mapped = unsafe mapped, unsafe mapped != MAP_FAILED,
            unsafe mprotect(mapped + size, Self.pageSize, PROT_NONE) == 0
        else { fatalError("no memory") }
        unsafe base = mapped
    }

    /// The last `count` bytes.
    func room(_ count: Int) -> UnsafeMutableRawBufferPointer {
        precondition(count <= size)
        return unsafe UnsafeMutableRawBufferPointer(start: base + (size - count), count: count)
    }

    /// A copy that ends where the memory does.
    func copy(_ bytes: ArraySlice<UInt8>) -> UnsafeRawBufferPointer {
        let room = unsafe room(bytes.count)
        unsafe room.copyBytes(from: bytes)
        return UnsafeRawBufferPointer(room)
    }
}
