extension ByteRun {
    /// A hash of the length and of both ends, at most 8 bytes of each: enough to find names in a table, where equality is
    /// checked after all, and to no other end.
    @inline(__always) var quickHash: UInt64 {
        let head: UInt64
        let tail: UInt64
        if count >= 8 {
            head = unsafe UnsafeRawPointer(start).loadUnaligned(as: UInt64.self)
            tail = unsafe UnsafeRawPointer(start + (count - 8)).loadUnaligned(as: UInt64.self)
        } else if count >= 4 {
            head = unsafe UInt64(UnsafeRawPointer(start).loadUnaligned(as: UInt32.self))
            tail = unsafe UInt64(UnsafeRawPointer(start + (count - 4)).loadUnaligned(as: UInt32.self))
        } else if count > 0 {
            head = unsafe UInt64(start[0]) << 8 | UInt64(start[count / 2])
            tail = unsafe UInt64(start[count - 1])
        } else {
            return 0
        }
        return (head ^ 0x9e37_79b9_7f4a_7c15).foldedProduct(with: tail ^ 0xd1b5_4a32_d192_ed03 ^ UInt64(count))
    }

    /// A hash of every byte. A seed that nobody outside knows keeps anybody from making two texts of one hash.
    @inlinable @inline(__always) func fullHash(seed: UInt64) -> UInt64 {
        var hash = seed ^ UInt64(count)
        var offset = 0
        while offset + 16 < count {
            hash = word(offset, salt: 0xa076_1d64_78bd_642f).foldedProduct(with: word(offset + 8, salt: hash))
            offset += 16
        }
        if count >= 8 {
            // The last 16 bytes, or the first and the last 8: what was hashed before may be hashed again.
            let first = word(max(count - 16, 0), salt: 0xe703_7ed1_a0b4_28db)
            return first.foldedProduct(with: word(count - 8, salt: hash)).mixed
        }
        var rest: UInt64 = 0
        if count >= 4 {
            let head = unsafe UnsafeRawPointer(start).loadUnaligned(as: UInt32.self)
            let tail = unsafe UnsafeRawPointer(start + (count - 4)).loadUnaligned(as: UInt32.self)
            rest = UInt64(head) << 32 | UInt64(tail)
        } else if count > 0 {
            unsafe rest = UInt64(start[0]) << 16 | UInt64(start[count / 2]) << 8 | UInt64(start[count - 1])
        }
        return (rest ^ 0xe703_7ed1_a0b4_28db).foldedProduct(with: hash ^ 0x8ebc_6af0_9c88_c6e3).mixed
    }

    @inlinable @inline(__always) func word(_ offset: Int, salt: UInt64) -> UInt64 {
        unsafe UnsafeRawPointer(start + offset).loadUnaligned(as: UInt64.self) ^ salt
    }
}

extension UInt64 {
    /// A product is linear in either factor, so that texts that count up would have hashes that do: a second one is not.
    @inlinable @inline(__always) var mixed: UInt64 {
        (self ^ 0x8bb8_4b93_962e_acc9).foldedProduct(with: self ^ 0x2d35_8dcc_aa6c_78a5)
    }

    /// Both halves of the 128-bit product, folded: every bit of either factor reaches every bit.
    @inlinable @inline(__always) func foldedProduct(with other: UInt64) -> UInt64 {
        let product = multipliedFullWidth(by: other)
        return product.high ^ product.low
    }
}
