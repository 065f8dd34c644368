private import COpenSSL

/// What all TLS connections of one listener share: certificate, client CA and ALPN protocols. TLS 1.2 at least.
///
/// It costs about 100 KB and a millisecond: where thousands of certificates are in use, one context serves them all, and
/// each session brings its own `TLSCertificate`.
@safe
package final class TLSServerContext: @unchecked Sendable {
    // Unchecked because of the pointer: an SSL_CTX is not changed after init, and OpenSSL counts its references
    // atomically.
    let pointer: OpaquePointer
    /// ALPN protocols as on the wire (RFC 7301 section 3.1), at an address that OpenSSL may keep.
    private let protocols: UnsafeMutableBufferPointer<UInt8>

    /// - Parameters:
    ///   - certificate: what sessions present that bring none of their own; nil if each brings one.
    ///   - names: ALPN names in order of preference. With none, ALPN is ignored, as a kubelet does with its defaults;
    ///     with some, a client that offers none of them is refused.
    package init(
        _ certificate: TLSCertificate?, clientCertificates: ClientCertificates = .notRequested,
        protocols names: [String] = []
    ) throws(TLSError) {
        guard let pointer = unsafe SSL_CTX_new(TLS_server_method()) else { throw .outOfMemory }
        unsafe self.pointer = pointer
        let wire = names.flatMap { [UInt8($0.utf8.count)] + $0.utf8 }
        let protocols = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: wire.count)
        _ = unsafe protocols.initialize(fromContentsOf: wire)
        unsafe self.protocols = unsafe protocols

        guard unsafe krp_ssl_ctx_set_min_version(pointer, TLS1_2_VERSION) == 1 else { throw .outOfMemory }
        unsafe krp_ssl_ctx_release_idle_buffers(pointer)
        unsafe krp_ssl_ctx_refuse_renegotiation(pointer)
        // One ticket a handshake, as Go's servers send; OpenSSL's default of two only costs bytes.
        unsafe SSL_CTX_set_num_tickets(pointer, 1)
        // Resumption fails without a context once clients are verified.
        unsafe SSL_CTX_set_session_id_context(pointer, "krp", 3)

        try unsafe certificate?.use(asDefaultOf: pointer)
        try ask(for: clientCertificates)
        if !names.isEmpty { selectProtocol() }
    }

    deinit {
        unsafe SSL_CTX_free(pointer)
        unsafe protocols.deallocate()
    }

    package convenience init(
        _ identity: TLSIdentity, clientCertificates: ClientCertificates = .notRequested, protocols names: [String] = []
    ) throws(TLSError) {
        try self.init(TLSCertificate(identity), clientCertificates: clientCertificates, protocols: names)
    }

    private func ask(for certificates: ClientCertificates) throws(TLSError) {
        switch certificates {
        case .notRequested: break
        case .requested: unsafe SSL_CTX_set_verify(pointer, SSL_VERIFY_PEER) { _, _ in 1 }
        case .required:
            unsafe SSL_CTX_set_verify(pointer, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT) { _, _ in 1 }
        case .verifiedIfGiven(let authorities):
            try trust(authorities)
            unsafe SSL_CTX_set_verify(pointer, SSL_VERIFY_PEER, nil)
        case .requiredAndVerified(let authorities):
            try trust(authorities)
            unsafe SSL_CTX_set_verify(pointer, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nil)
        }
    }

    private func trust(_ authorities: PEMSource) throws(TLSError) {
        let context = unsafe pointer
        _ = try unsafe PEMReader(authorities).forEachCertificate { certificate in
            // The second call names the CA in the handshake, by which clients choose among their certificates.
            unsafe X509_STORE_add_cert(SSL_CTX_get_cert_store(context), certificate) == 1
                && SSL_CTX_add_client_CA(context, certificate) == 1
        }
    }

    private func selectProtocol() {
        // Unretained: a session holds its context, so the context outlives every handshake.
        let me = unsafe Unmanaged.passUnretained(self).toOpaque()
        unsafe SSL_CTX_set_alpn_select_cb(
            pointer,
            { _, selected, length, offered, offeredLength, context in
                guard let selected = unsafe selected, let context = unsafe context else { return SSL_TLSEXT_ERR_NOACK }
                let ours = unsafe Unmanaged<TLSServerContext>.fromOpaque(context).takeUnretainedValue().protocols
                var choice: UnsafeMutablePointer<UInt8>?
                let outcome = unsafe SSL_select_next_proto(
                    &choice, length, ours.baseAddress, UInt32(ours.count), offered, offeredLength)
                guard outcome == OPENSSL_NPN_NEGOTIATED else { return SSL_TLSEXT_ERR_ALERT_FATAL }
                unsafe selected.pointee = unsafe UnsafePointer(choice)
                return SSL_TLSEXT_ERR_OK
            }, me)
    }
}
