/// A set of texts to ask in constant time; lives in a ``FrozenMemory``.
struct LiteralSet: BitwiseCopyable {
    private let literals: Frozen<ByteRun>
    /// Open addressing; 0 is free, else an index into `literals` plus 1. The size is a power of two.
    private let buckets: Frozen<UInt16>

    /// At most 65,535 literals.
    init(_ texts: [[UInt8]], in memory: FrozenMemory) {
        var size = 2
        while size < texts.count * 2 { size *= 2 }
        let runs = texts.map { memory.freeze($0) }
        var buckets = [UInt16](repeating: 0, count: size)
        for (index, run) in runs.enumerated() {
            var bucket = Int(truncatingIfNeeded: run.quickHash) & (size - 1)
            while buckets[bucket] != 0 { bucket = (bucket + 1) & (size - 1) }
            buckets[bucket] = UInt16(index + 1)
        }
        literals = memory.freeze(runs)
        self.buckets = memory.freeze(buckets)
    }

    var count: Int { literals.count }

    @inline(__always) func contains(_ text: ByteRun) -> Bool {
        let mask = buckets.count - 1
        var bucket = Int(truncatingIfNeeded: text.quickHash) & mask
        while buckets[bucket] != 0 {
            if literals[Int(buckets[bucket]) - 1] == text { return true }
            bucket = (bucket + 1) & mask
        }
        return false
    }
}
