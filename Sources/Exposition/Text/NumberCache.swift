/// Values of `le` and `quantile` as rules see them, remembered: the same few come again with every series.
@safe struct NumberCache: ~Copyable {
    private struct Slot {
        var raw = SIMD16<UInt8>()
        var rawLength = -1
        var spelled = SIMD32<UInt8>()
        /// 0 where the value stays as it is.
        var spelledLength = 0
    }

    private static let slotCount = 256
    private let slots: UnsafeMutablePointer<Slot>

    init() {
        unsafe slots = .allocate(capacity: Self.slotCount)
        unsafe slots.initialize(repeating: Slot(), count: Self.slotCount)
    }

    deinit {
        unsafe slots.deallocate()
    }

    /// The number at `start`, closed by a quote, written to `target`, which has room for ``LabelNumber/longest`` bytes.
    ///
    /// - Returns: the count of bytes written; 0 where it is no number, and stays.
    mutating func normalize(
        _ base: UnsafePointer<UInt8>, _ start: Int, _ length: Int, into target: UnsafeMutablePointer<UInt8>
    ) -> Int {
        guard length <= 16 else {
            let spelled = unsafe LabelNumber.normalized(base, start, length) ?? []
            for index in spelled.indices { unsafe target[index] = spelled[index] }
            return spelled.count
        }
        var raw = SIMD16<UInt8>()
        for index in 0..<length { unsafe raw[index] = base[start + index] }
        let halves = unsafe unsafeBitCast(raw, to: SIMD2<UInt64>.self)
        let mixed = (halves[0] ^ halves[1].byteSwapped) &* 0x9E37_79B9_7F4A_7C15
        let slot = unsafe slots + Int(truncatingIfNeeded: mixed &>> 56)
        if unsafe slot.pointee.rawLength != length || slot.pointee.raw != raw {
            unsafe slot.pointee = Self.slot(raw, base, start, length)
        }
        let count = unsafe slot.pointee.spelledLength
        for index in 0..<count { unsafe target[index] = slot.pointee.spelled[index] }
        return count
    }

    private static func slot(
        _ raw: SIMD16<UInt8>, _ base: UnsafePointer<UInt8>, _ start: Int, _ length: Int
    ) -> Slot {
        var slot = Slot(raw: raw, rawLength: length)
        guard let spelled = unsafe LabelNumber.normalized(base, start, length) else { return slot }
        for index in spelled.indices { slot.spelled[index] = spelled[index] }
        slot.spelledLength = spelled.count
        return slot
    }
}
