/// Memory that is written once and then only read: what compiled rules point into. Freed as a whole.
///
/// Rules run over every series of a body. They are laid out as plain values and pointers, so that running them counts no
/// references; this is the one owner behind those pointers.
@safe final class FrozenMemory: @unchecked Sendable {
    private var blocks: [UnsafeMutableRawPointer] = unsafe []
    private var free: UnsafeMutableRawPointer?
    private var freeCount = 0

    /// Of the first block; each is larger than the one before, up to the limit: most owners' rules need little, and there are
    /// thousands of owners.
    private static let smallestBlock = 256
    private static let largestBlock = 2048
    private static let alignment = 16

    deinit {
        while let block = unsafe blocks.popLast() { unsafe block.deallocate() }
    }

    func freeze<Element: BitwiseCopyable>(_ elements: [Element]) -> Frozen<Element> {
        let copy = unsafe reserve(max(elements.count, 1) * MemoryLayout<Element>.stride)
            .bindMemory(to: Element.self, capacity: max(elements.count, 1))
        for (index, element) in elements.enumerated() { unsafe (copy + index).initialize(to: element) }
        return unsafe Frozen(start: copy, count: elements.count)
    }

    func freeze(_ bytes: [UInt8]) -> ByteRun {
        let frozen: Frozen<UInt8> = freeze(bytes)
        return unsafe ByteRun(start: frozen.start, count: frozen.count)
    }

    func freeze(_ text: String) -> ByteRun { freeze(Array(text.utf8)) }

    private func reserve(_ count: Int) -> UnsafeMutableRawPointer {
        let size = (count + Self.alignment - 1) / Self.alignment * Self.alignment
        if freeCount >= size, let start = unsafe free {
            unsafe free = start + size
            freeCount -= size
            return unsafe start
        }
        let usual = min(Self.smallestBlock << min(unsafe blocks.count, 8), Self.largestBlock)
        let blockSize = max(size, usual)
        let block = UnsafeMutableRawPointer.allocate(byteCount: blockSize, alignment: Self.alignment)
        unsafe blocks.append(block)
        unsafe free = block + size
        freeCount = blockSize - size
        return unsafe block
    }
}

/// Elements within a ``FrozenMemory``, valid as long as that lives.
@safe struct Frozen<Element: BitwiseCopyable>: BitwiseCopyable, @unchecked Sendable {
    let start: UnsafePointer<Element>
    let count: Int

    init(start: UnsafePointer<Element>, count: Int) {
        unsafe self.start = start
        self.count = count
    }

    @inline(__always) subscript(index: Int) -> Element { unsafe start[index] }
}
