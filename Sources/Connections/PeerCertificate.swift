import COpenSSL

/// What a peer's certificate says, read in the handshake: before anything is sent.
package struct PeerCertificate: Sendable, Equatable {
    /// The subject's CN; nil where there is none, or more than one.
    package let commonName: String?
    /// The DNS names among the subject alternative names.
    package let dnsNames: [String]
    /// SHA-256, 32 bytes.
    package let fingerprint: [UInt8]
    /// Whether it was verified against the CA in force, and for the name dialled. Of a connection that came about.
    package let isVerified: Bool

    package init(commonName: String?, dnsNames: [String], fingerprint: [UInt8], isVerified: Bool) {
        self.commonName = commonName
        self.dnsNames = dnsNames
        self.fingerprint = fingerprint
        self.isVerified = isVerified
    }

    /// - Parameter certificate: an X509, not kept.
    @unsafe init(_ certificate: OpaquePointer, isVerified: Bool) {
        self.isVerified = isVerified
        unsafe commonName = Self.commonName(of: certificate)
        var names: [String] = []
        unsafe withUnsafeMutablePointer(to: &names) { names in
            unsafe krp_x509_each_dns_name(
                certificate,
                { bytes, length, names in
                    guard let bytes = unsafe bytes else { return }
                    let name = unsafe String(
                        decoding: UnsafeBufferPointer(start: bytes, count: Int(length)), as: UTF8.self)
                    unsafe names?.assumingMemoryBound(to: [String].self).pointee.append(name)
                }, names)
        }
        dnsNames = names
        var digest = [UInt8](repeating: 0, count: 32)
        var length: UInt32 = 0
        let isDigested = unsafe X509_digest(certificate, EVP_sha256(), &digest, &length)
        fingerprint = isDigested == 1 && length == 32 ? digest : []
    }

    @unsafe private static func commonName(of certificate: OpaquePointer) -> String? {
        let subject = unsafe X509_get_subject_name(certificate)
        let position = unsafe X509_NAME_get_index_by_NID(subject, NID_commonName, -1)
        guard position >= 0, unsafe X509_NAME_get_index_by_NID(subject, NID_commonName, position) < 0 else {
            return nil
        }
        let value = unsafe X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, position))
        // Of the string types only these are UTF-8 as they stand.
        guard let value = unsafe value,
            unsafe [V_ASN1_UTF8STRING, V_ASN1_PRINTABLESTRING, V_ASN1_IA5STRING].contains(ASN1_STRING_type(value)),
            let bytes = unsafe ASN1_STRING_get0_data(value)
        else { return nil }
        let count = unsafe Int(ASN1_STRING_length(value))
        return unsafe String(decoding: UnsafeBufferPointer(start: bytes, count: count), as: UTF8.self)
    }
}
