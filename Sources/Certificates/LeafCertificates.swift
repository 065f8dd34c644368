package import Addressing
import Crypto
package import TLS

/// The certificates that a CA signed for hosts, so that a connection costs no signature of its own. Bounded; those that
/// were not asked for longest go first. One key serves all: it never leaves the process, and goes with it.
package final class LeafCertificates {
    private struct Entry {
        let certificate: TLSCertificate
        let renewAt: Int64
        var lastUse: UInt64
    }

    private let authority: SigningAuthority
    private let capacity: Int
    private let key = P256.Signing.PrivateKey()
    private var entries: [Host: Entry] = [:]
    private var uses: UInt64 = 0

    /// Seconds that a certificate is good.
    package static let validity: Int64 = 86_400

    package init(_ authority: SigningAuthority, capacity: Int = 8_192) {
        self.authority = authority
        self.capacity = capacity
    }

    package var count: Int { entries.count }

    /// The certificate for a host, renewed when half its life is over.
    ///
    /// - Parameter now: Unix seconds.
    package func certificate(for host: Host, now: Int64) throws(AuthorityError) -> TLSCertificate {
        uses += 1
        if let entry = entries[host], now < entry.renewAt {
            entries[host]?.lastUse = uses
            return entry.certificate
        }
        let (pem, lifetime) = try authority.issue(for: host, key: key.publicKey, validity: Self.validity, now: now)
        let chain = authority.intermediatesPEM.isEmpty ? pem : "\(pem)\n\(authority.intermediatesPEM)"
        let certificate: TLSCertificate
        do throws(TLSError) {
            certificate = try TLSCertificate(
                TLSIdentity(certificateChain: .text(chain), privateKey: .text(key.pemRepresentation)))
        } catch { throw .certificate("the CA signed what can't be used: \(error)") }
        if entries.count >= capacity, entries[host] == nil { dropOldest() }
        entries[host] = Entry(certificate: certificate, renewAt: now + max(60, (lifetime.end - now) / 2), lastUse: uses)
        return certificate
    }

    /// A quarter at once: finding the oldest takes a look at all.
    private func dropOldest() {
        let oldest = entries.sorted { $0.value.lastUse < $1.value.lastUse }.prefix(max(1, capacity / 4))
        for entry in oldest { entries[entry.key] = nil }
    }
}
