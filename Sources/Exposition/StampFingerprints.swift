import Relabeling

/// Fingerprints of series in the stamp lane, which come to those of Relabeling's `Labels` though there is no label set.
struct StampFingerprints: Sendable {
    private let hasher: LabelHasher
    private let metricName: UInt64
    /// What the constant labels add to the fingerprint of a series.
    let added: UInt64
    /// A series that gets the constant labels can come out equal to one that had some of them (spec 7.8). Where labels
    /// that had a stamp's name are only renamed, it can't.
    let areNeeded: Bool

    init(_ plan: RewritePlan, _ hasher: LabelHasher) {
        self.hasher = hasher
        areNeeded = plan.hasStampLane && plan.relabeler.traits.merging == .anywhere
        metricName = unsafe Array("__name__".utf8).withUnsafeBufferPointer { unsafe hasher.hash(ofName: ByteRun($0)) }
        added = plan.stamps.labels.reduce(0) { sum, label in
            unsafe label.name.withUnsafeBufferPointer { name in
                unsafe label.value.withUnsafeBufferPointer { value in
                    unsafe sum &+ hasher.hash(ofValue: ByteRun(value), under: hasher.hash(ofName: ByteRun(name)))
                }
            }
        }
    }

    @inline(__always)
    func hash(metricName value: ByteRun) -> UInt64 { hasher.hash(ofValue: value, under: metricName) }

    /// Of a label that is not empty.
    @inline(__always)
    func hash(_ name: ByteRun, _ value: ByteRun) -> UInt64 {
        hasher.hash(ofValue: value, under: hasher.hash(ofName: name))
    }
}
