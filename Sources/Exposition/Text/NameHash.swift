/// Hashes of metric names. Seeded, so that a kubelet can't choose names that collide.
struct NameHash: Sendable {
    private let seed = UInt64.random(in: .min ... .max) | 1

    func callAsFunction(_ base: UnsafePointer<UInt8>, _ length: Int) -> UInt64 {
        var hash = seed ^ UInt64(truncatingIfNeeded: length)
        var offset = 0
        while offset < length {
            hash ^= unsafe ByteScan.word(base, offset, length - offset, length)
            let product = hash.multipliedFullWidth(by: 0x9E37_79B9_7F4A_7C15 ^ seed)
            hash = product.high ^ product.low
            offset += 8
        }
        return hash == 0 ? 1 : hash
    }

    func callAsFunction(_ name: [UInt8]) -> UInt64 {
        unsafe name.withUnsafeBufferPointer { buffer in
            guard let base = buffer.baseAddress else { return 1 }
            return unsafe self(base, buffer.count)
        }
    }
}
