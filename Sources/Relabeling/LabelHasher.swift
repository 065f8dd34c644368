/// Hashes labels for fingerprints (spec 7.8): that of a series is the sum over its labels that are not empty, `__name__` among
/// them, so that order does not count. Seeded, so that nobody outside can choose labels of one hash; comparable within one
/// ``Labels`` only.
package struct LabelHasher: BitwiseCopyable, Sendable {
    @usableFromInline let seed: UInt64

    /// What a name contributes; labels of one name share it.
    @inlinable @inline(__always) package func hash(ofName name: ByteRun) -> UInt64 { name.fullHash(seed: seed) }

    /// The hash of a label, its name hashed before.
    @inlinable @inline(__always) package func hash(ofValue value: ByteRun, under nameHash: UInt64) -> UInt64 {
        value.fullHash(seed: nameHash)
    }
}
