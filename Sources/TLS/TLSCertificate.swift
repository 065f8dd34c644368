private import COpenSSL
private import Synchronization

/// A certificate chain and its private key, read and found to fit. Many sessions may present it, on any thread.
@safe
package final class TLSCertificate: @unchecked Sendable {
    // Unchecked because of the pointers: none of it is changed after init, and OpenSSL counts references atomically.
    private let chain: [OpaquePointer]
    private let key: OpaquePointer
    /// Sessions are resumed only under the certificate they began with: a client that resumes does not see another.
    private let number: UInt64

    private static let count = Atomic<UInt64>(0)

    package init(_ identity: TLSIdentity) throws(TLSError) {
        var chain: [OpaquePointer] = unsafe []
        do throws(TLSError) {
            _ = try unsafe PEMReader(identity.certificateChain).forEachCertificate { certificate in
                guard unsafe X509_up_ref(certificate) == 1 else { return false }
                unsafe chain.append(certificate)
                return true
            }
            let leaf = unsafe chain[0]
            var key: OpaquePointer?
            try unsafe PEMReader(identity.privateKey).withPrivateKey { candidate in
                guard unsafe X509_check_private_key(leaf, candidate) == 1, unsafe EVP_PKEY_up_ref(candidate) == 1 else {
                    return false
                }
                unsafe key = candidate
                return true
            }
            guard let key = unsafe key else { throw .outOfMemory }
            unsafe self.key = key
        } catch {
            for index in unsafe chain.indices { unsafe X509_free(chain[index]) }
            throw error
        }
        unsafe self.chain = unsafe chain
        number = Self.count.wrappingAdd(1, ordering: .relaxed).newValue
    }

    // Loops go by index: swift-format makes one word of `for unsafe certificate in`.

    deinit {
        for index in unsafe chain.indices { unsafe X509_free(chain[index]) }
        unsafe EVP_PKEY_free(key)
    }

    /// Presents it in one session.
    func use(in session: OpaquePointer) throws(TLSError) {
        OpenSSLErrors.clear()
        var isAccepted = unsafe SSL_use_certificate(session, chain[0]) == 1 && SSL_use_PrivateKey(session, key) == 1
        for index in unsafe chain.indices.dropFirst() {
            isAccepted = unsafe isAccepted && krp_ssl_add_chain_certificate(session, chain[index]) == 1
        }
        var number = number
        let named = unsafe withUnsafeBytes(of: &number) {
            unsafe SSL_set_session_id_context(
                session, $0.baseAddress?.assumingMemoryBound(to: UInt8.self), UInt32($0.count))
        }
        isAccepted = isAccepted && named == 1
        guard isAccepted else {
            throw .unusableIdentity(source: "certificate", reason: OpenSSLErrors.takeReason(or: "not accepted"))
        }
    }

    /// Presents it in all sessions of a context that bring none of their own.
    func use(asDefaultOf context: OpaquePointer) throws(TLSError) {
        OpenSSLErrors.clear()
        var isAccepted =
            unsafe SSL_CTX_use_certificate(context, chain[0]) == 1 && SSL_CTX_use_PrivateKey(context, key) == 1
        for index in unsafe chain.indices.dropFirst() {
            isAccepted = unsafe isAccepted && krp_ssl_ctx_add_chain_certificate(context, chain[index]) == 1
        }
        guard isAccepted else {
            throw .unusableIdentity(source: "certificate", reason: OpenSSLErrors.takeReason(or: "not accepted"))
        }
    }
}
