package import Addressing
import SwiftASN1
package import X509

extension GeneralName {
    /// An IP address as a subject alternative name has it: 4 or 16 bytes (RFC 5280 section 4.2.1.6).
    package init(_ address: IPAddress) {
        let bytes: [UInt8]
        if let v4 = address.v4 {
            bytes = (0..<4).map { UInt8(truncatingIfNeeded: v4 >> (24 - 8 * UInt32($0))) }
        } else {
            bytes = (0..<16).map {
                UInt8(truncatingIfNeeded: ($0 < 8 ? address.high : address.low) >> (56 - 8 * UInt64($0 % 8)))
            }
        }
        self = .ipAddress(ASN1OctetString(contentBytes: bytes[...]))
    }

    /// What a client compares with the host that it asked for.
    init(_ host: Host) {
        switch host {
        case .address(let address): self.init(address)
        // The root's dot is no part of a certificate's names.
        case .name(let name): self = .dnsName(name.hasSuffix(".") ? String(name.dropLast()) : name)
        }
    }
}
