/// An IPv4 or IPv6 address, compared by value (spec 4.2): IPv4-mapped IPv6 is the IPv4 address it maps, and every
/// spelling of an IPv6 address is equal. No zones: a kubelet is never reached over a link-local address.
package struct IPAddress: Hashable, Sendable {
    /// Network byte order as two halves. IPv4 is held as IPv4-mapped IPv6: `high` 0, `low` 0x0000ffff_aabbccdd.
    package let high: UInt64
    package let low: UInt64

    package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    package init(v4 value: UInt32) {
        self.init(high: 0, low: 0xffff_0000_0000 | UInt64(value))
    }

    package static let loopbackV4 = IPAddress(v4: 0x7f00_0001)
    package static let loopbackV6 = IPAddress(high: 0, low: 1)

    package var isV4: Bool { high == 0 && low >> 32 == 0xffff }

    /// The 32 bits of an IPv4 address, nil for IPv6.
    package var v4: UInt32? { isV4 ? UInt32(truncatingIfNeeded: low) : nil }
}

// MARK: Ranges that are never a kubelet's

extension IPAddress {
    package var isLoopback: Bool {
        if let v4 { return v4 >> 24 == 127 }
        return high == 0 && low == 1
    }

    package var isUnspecified: Bool { v4.map { $0 >> 24 == 0 } ?? (high == 0 && low == 0) }

    package var isLinkLocal: Bool { v4.map { $0 >> 16 == 0xa9fe } ?? (high >> 54 == 0xfe80 >> 6) }

    package var isMulticast: Bool {
        // 255.255.255.255 is no machine either.
        v4.map { $0 >> 28 == 0xe || $0 == .max } ?? (high >> 56 == 0xff)
    }

    /// The address of a cloud's metadata service, which hands out credentials to whoever asks: AWS, GCP, Azure and
    /// most others (169.254.169.254 and its IPv6 twin), and Alibaba Cloud.
    package var isCloudMetadata: Bool {
        v4.map { $0 == 0xa9fe_a9fe || $0 == 0x6464_64c8 } ?? (high == 0xfd00_0ec2_0000_0000 && low == 0x254)
    }

    /// Whether a node may be dialled at this address (spec 4.2).
    package func isDialable(allowLoopback: Bool) -> Bool {
        if isLoopback { return allowLoopback }
        return !(isUnspecified || isLinkLocal || isMulticast || isCloudMetadata)
    }
}

extension IPAddress: Comparable {
    package static func < (left: IPAddress, right: IPAddress) -> Bool {
        (left.high, left.low) < (right.high, right.low)
    }
}
