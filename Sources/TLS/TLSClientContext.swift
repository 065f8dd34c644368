private import COpenSSL

/// What connections share that trust the same authorities and present the same certificate. TLS 1.2 at least; ALPN offers
/// HTTP/1.1.
///
/// It costs tens of KB and the reading of its files, a connection of its own only a session: thousands of connections share one.
@safe
package final class TLSClientContext: @unchecked Sendable {
    // Unchecked because of the pointer: an SSL_CTX is not changed after init, and OpenSSL counts its references atomically.
    private let pointer: OpaquePointer
    private let verifies: Bool

    /// Whom a peer is verified against.
    package enum Trust: Sendable {
        case authorities(PEMSource)
        case systemAuthorities
        case anybody
    }

    /// What a peer's certificate must name.
    package enum PeerName: Sendable {
        case host(String)
        /// In the form that inet_pton reads.
        case address(String)
    }

    package init(trusting trust: Trust, presenting identity: TLSIdentity? = nil) throws(TLSError) {
        guard let pointer = unsafe SSL_CTX_new(TLS_client_method()) else { throw .outOfMemory }
        unsafe self.pointer = pointer
        if case .anybody = trust { verifies = false } else { verifies = true }
        guard unsafe krp_ssl_ctx_set_min_version(pointer, TLS1_2_VERSION) == 1 else { throw .outOfMemory }
        unsafe krp_ssl_ctx_release_idle_buffers(pointer)
        unsafe krp_ssl_ctx_refuse_renegotiation(pointer)
        let protocols: [UInt8] = [8] + "http/1.1".utf8
        _ = unsafe SSL_CTX_set_alpn_protos(pointer, protocols, UInt32(protocols.count))
        if let identity { try unsafe TLSCertificate(identity).use(asDefaultOf: pointer) }
        try trustPeers(trust)
    }

    deinit { unsafe SSL_CTX_free(pointer) }

    private func trustPeers(_ trust: Trust) throws(TLSError) {
        let context = unsafe pointer
        switch trust {
        case .anybody: unsafe SSL_CTX_set_verify(context, SSL_VERIFY_NONE, nil)
        case .systemAuthorities:
            unsafe SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nil)
            guard unsafe SSL_CTX_set_default_verify_paths(context) == 1 else { throw .outOfMemory }
        case .authorities(let authorities):
            unsafe SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nil)
            _ = try unsafe PEMReader(authorities).forEachCertificate { certificate in
                unsafe X509_STORE_add_cert(SSL_CTX_get_cert_store(context), certificate) == 1
            }
        }
        // As with libcurl and Go: whatever is among the authorities is trusted, be it the root or not.
        unsafe X509_STORE_set_flags(SSL_CTX_get_cert_store(context), UInt(X509_V_FLAG_PARTIAL_CHAIN))
    }

    /// A session that has not begun, as an `SSL *` that its user frees.
    @unsafe package func makeSession(with peer: PeerName) throws(TLSError) -> OpaquePointer {
        guard let session = unsafe SSL_new(pointer) else { throw .outOfMemory }
        unsafe SSL_set_connect_state(session)
        let isNamed: Bool
        switch peer {
        case .host(let name):
            isNamed = unsafe krp_ssl_name_server(session, name) == 1 && (!verifies || SSL_set1_host(session, name) == 1)
        case .address(let text):
            isNamed = unsafe !verifies || X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(session), text) == 1
        }
        guard isNamed else {
            unsafe SSL_free(session)
            throw .handshakeFailed(reason: "\(peer) is no name for a certificate")
        }
        return unsafe session
    }
}
