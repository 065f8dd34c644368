private import COpenSSL

/// Reads a PEM source with OpenSSL's own parser, block by block.
@safe
struct PEMReader: ~Copyable {
    private let bio: OpaquePointer
    private let source: PEMSource

    init(_ source: PEMSource) throws(TLSError) {
        OpenSSLErrors.clear()
        let opened: OpaquePointer? =
            switch source {
            case .file(let path): unsafe BIO_new_file(path, "r")
            case .text(let text): unsafe Self.memory(holding: text)
            }
        guard let bio = unsafe opened else {
            throw .unusableIdentity(source: "\(source)", reason: OpenSSLErrors.takeReason(or: "can't be opened"))
        }
        unsafe self.bio = bio
        self.source = source
    }

    deinit { unsafe BIO_free(bio) }

    /// The text is copied: BIO_new_mem_buf would need it to stay where it is.
    private static func memory(holding text: String) -> OpaquePointer? {
        guard let bio = unsafe BIO_new(BIO_s_mem()) else { return nil }
        var text = text
        let length = text.utf8.count
        let written = text.withUTF8 { unsafe BIO_write(bio, $0.baseAddress, Int32($0.count)) }
        guard length == 0 || Int(written) == length else {
            unsafe BIO_free(bio)
            return nil
        }
        return unsafe bio
    }

    /// Calls `use` with each certificate, which is freed afterwards, and returns how many there were.
    func forEachCertificate(_ use: (OpaquePointer) -> Bool) throws(TLSError) -> Int {
        var count = 0
        OpenSSLErrors.clear()
        while let certificate = unsafe krp_pem_read_certificate(bio) {
            defer { unsafe X509_free(certificate) }
            guard unsafe use(certificate) else { throw refused("not accepted") }
            count += 1
        }
        guard OpenSSLErrors.takeEndOfPEM() else { throw refused("malformed PEM") }
        guard count > 0 else { throw refused("holds no certificate") }
        return count
    }

    func withPrivateKey(_ use: (OpaquePointer) -> Bool) throws(TLSError) {
        OpenSSLErrors.clear()
        guard let key = unsafe krp_pem_read_private_key(bio) else {
            throw refused("holds no unencrypted private key")
        }
        defer { unsafe EVP_PKEY_free(key) }
        guard unsafe use(key) else { throw refused("does not fit the certificate") }
    }

    private func refused(_ fallback: String) -> TLSError {
        .unusableIdentity(source: "\(source)", reason: OpenSSLErrors.takeReason(or: fallback))
    }
}
