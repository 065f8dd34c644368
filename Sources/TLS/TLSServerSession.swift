private import COpenSSL

/// What a read of plain text came to.
package enum TLSReadOutcome: Hashable, Sendable {
    case bytes(Int)
    /// Feed more of what the peer sends to `receive`, then read again.
    case wantsInput
    /// The peer said that it sends no more (close_notify).
    case closed
}

/// The server's side of one TLS connection, without I/O: what the peer sends goes into `receive`, what `takeOutput`
/// returns goes to the peer, and neither touches a descriptor. So it runs over a socket, inside a tunnel, and in a test.
///
/// After every call, failed ones too (an alert may be due), send what `takeOutput` holds.
/// Not Sendable: it belongs to the task of its connection.
@safe
package final class TLSServerSession {
    private let pointer: OpaquePointer
    private let input: OpaquePointer
    private let output: OpaquePointer
    /// Keeps the ALPN list alive that the context's callback reads.
    private let context: TLSServerContext
    private var inputEnded = false

    /// - Parameter certificate: what this session presents, instead of the context's.
    package init(_ context: TLSServerContext, presenting certificate: TLSCertificate? = nil) throws(TLSError) {
        guard let pointer = unsafe SSL_new(context.pointer) else { throw .outOfMemory }
        guard let input = unsafe BIO_new(BIO_s_mem()), let output = unsafe BIO_new(BIO_s_mem()) else {
            unsafe SSL_free(pointer)
            throw .outOfMemory
        }
        // From here on the BIOs are the session's, and freed with it.
        unsafe SSL_set_bio(pointer, input, output)
        unsafe SSL_set_accept_state(pointer)
        unsafe self.pointer = pointer
        unsafe self.input = input
        unsafe self.output = output
        self.context = context
        // SSL_free in deinit runs even if this throws: all fields are set.
        try unsafe certificate?.use(in: pointer)
    }

    deinit { unsafe SSL_free(pointer) }

    /// Takes bytes that the peer sent, of any amount.
    package func receive(_ bytes: Span<UInt8>) {
        guard !bytes.isEmpty else { return }
        let taken = unsafe bytes.withUnsafeBufferPointer { unsafe BIO_write(input, $0.baseAddress, Int32($0.count)) }
        // A memory BIO takes all or fails for want of memory.
        precondition(Int(taken) == bytes.count, "OpenSSL is out of memory")
    }

    /// The peer closed its side of the transport: reads fail as truncated once all before it is read.
    package func receiveEnd() { inputEnded = true }

    /// Goes on with the handshake; true once it is complete. Reads and writes before that are an error of the caller.
    package func handshake() throws(TLSError) -> Bool {
        OpenSSLErrors.clear()
        let result = unsafe SSL_do_handshake(pointer)
        if result == 1 { return true }
        switch unsafe SSL_get_error(pointer, result) {
        case SSL_ERROR_WANT_READ where !inputEnded: return false
        case SSL_ERROR_WANT_READ: throw .handshakeFailed(reason: "peer closed the connection")
        default: throw .handshakeFailed(reason: OpenSSLErrors.takeReason(or: "peer closed the connection"))
        }
    }

    /// Decrypts at most one record (16 KiB) into `buffer`. Call until it wants input.
    package func read(into buffer: inout MutableSpan<UInt8>) throws(TLSError) -> TLSReadOutcome {
        OpenSSLErrors.clear()
        var count = 0
        let result = unsafe buffer.withUnsafeMutableBufferPointer {
            unsafe SSL_read_ex(pointer, $0.baseAddress, $0.count, &count)
        }
        if result == 1 { return .bytes(count) }
        switch unsafe SSL_get_error(pointer, result) {
        case SSL_ERROR_WANT_READ where !inputEnded:
            rest()
            return .wantsInput
        case SSL_ERROR_WANT_READ: throw .truncated
        case SSL_ERROR_ZERO_RETURN: return .closed
        default: throw .broken(reason: OpenSSLErrors.takeReason(or: "unknown"))
        }
    }

    /// Gives back what records needed while nothing moves: thousands of connections idle. OpenSSL 3.0 keeps the room for
    /// writing (16 KiB) whatever SSL_MODE_RELEASE_BUFFERS says.
    private func rest() {
        guard pendingOutput == 0, unsafe SSL_free_buffers(pointer) == 1 else { return }
        unsafe krp_bio_shrink(input, Self.restingBytes)
        unsafe krp_bio_shrink(output, Self.restingBytes)
    }

    /// As many may stay in a BIO: a request's worth, so that busy connections seldom allocate.
    private static let restingBytes = 4096

    /// Encrypts all of `bytes` into the output, which grows by as much: write in pieces, and send between them.
    package func write(_ bytes: Span<UInt8>) throws(TLSError) {
        guard !bytes.isEmpty else { return }
        OpenSSLErrors.clear()
        var written = 0
        let result = unsafe bytes.withUnsafeBufferPointer {
            unsafe SSL_write_ex(pointer, $0.baseAddress, $0.count, &written)
        }
        // Without renegotiation a write never waits for the peer, so it takes all or fails.
        guard result == 1, written == bytes.count else {
            throw .broken(reason: OpenSSLErrors.takeReason(or: "write refused"))
        }
    }

    /// Tells the peer that nothing more follows (close_notify). Reading goes on.
    package func close() {
        OpenSSLErrors.clear()
        unsafe SSL_shutdown(pointer)
        OpenSSLErrors.clear()
    }

    /// How many bytes wait to be sent to the peer.
    package var pendingOutput: Int { unsafe BIO_ctrl_pending(output) }

    /// Moves bytes for the peer into `buffer`; 0 when there are none.
    package func takeOutput(into buffer: inout MutableSpan<UInt8>) -> Int {
        let count = unsafe buffer.withUnsafeMutableBufferPointer {
            unsafe BIO_read(output, $0.baseAddress, Int32(clamping: $0.count))
        }
        return max(0, Int(count))
    }
}

// MARK: What the handshake settled

extension TLSServerSession {
    /// The protocol that ALPN chose; nil without ALPN.
    package var negotiatedProtocol: String? {
        var name: UnsafePointer<UInt8>?
        var length: UInt32 = 0
        unsafe SSL_get0_alpn_selected(pointer, &name, &length)
        guard let name = unsafe name else { return nil }
        return unsafe String(decoding: UnsafeBufferPointer(start: name, count: Int(length)), as: UTF8.self)
    }

    /// The server name that the client asked for (SNI).
    package var serverName: String? {
        guard let name = unsafe krp_ssl_server_name(pointer) else { return nil }
        return unsafe String(cString: name)
    }

    /// The client's certificate in DER, verified or not as the context asks; nil when it sent none.
    package var peerCertificate: [UInt8]? {
        guard let certificate = unsafe SSL_get1_peer_certificate(pointer) else { return nil }
        defer { unsafe X509_free(certificate) }
        let length = unsafe i2d_X509(certificate, nil)
        guard length > 0 else { return nil }
        return unsafe [UInt8](unsafeUninitializedCapacity: Int(length)) { buffer, count in
            var end = buffer.baseAddress
            count = Int(unsafe i2d_X509(certificate, &end))
        }
    }
}
