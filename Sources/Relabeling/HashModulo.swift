import Crypto

/// Prometheus' `hashmod`.
enum HashModulo {
    /// The last 8 bytes of the MD5 of `text`, as a big-endian number, modulo `modulus`; in decimal.
    static func text(_ text: ByteRun, _ modulus: UInt64) -> String {
        var hash = Insecure.MD5()
        unsafe hash.update(bufferPointer: UnsafeRawBufferPointer(text.bytes))
        let number = hash.finalize().dropFirst(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        return String(number % modulus)
    }
}
