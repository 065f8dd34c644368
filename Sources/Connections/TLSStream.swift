import COpenSSL
import EventLoop
import TLS

/// TLS over a socket that we read: one system call fetches as many records as are there, and OpenSSL takes them from memory. By
/// itself OpenSSL makes two calls for each record.
@safe final class TLSStream {
    private let session: OpaquePointer
    private let channel: Channel
    private let pool: BufferPool
    /// What was read and OpenSSL has not taken; borrowed for as long as there is any, which is as long as a scraper is slow.
    private var records: ByteBuffer?
    private var isAtEnd = false

    enum Outcome {
        case moved(Int)
        case wouldBlock
        case endOfStream
        case failed(String)
    }

    init(
        _ context: TLSClientContext, with peer: TLSClientContext.PeerName, over channel: Channel, _ pool: BufferPool
    ) throws(TLSError) {
        unsafe session = try context.makeSession(with: peer)
        self.channel = channel
        self.pool = pool
        guard let bio = unsafe BIO_new(Self.method) else { throw .outOfMemory }
        unsafe BIO_set_data(bio, Unmanaged.passUnretained(self).toOpaque())
        unsafe BIO_set_init(bio, 1)
        // Once for both ways. It is the session's now, and freed with it.
        unsafe SSL_set_bio(session, bio, bio)
        unsafe krp_ssl_allow_partial_writes(session)
    }

    deinit {
        if let records { pool.giveBack(records) }
        unsafe SSL_free(session)
    }

    // MARK: Handshake

    enum HandshakeStep {
        case done
        case wants(Readiness)
        /// One line.
        case failed(String)
    }

    /// Goes on with the handshake as far as the channel allows.
    func handshake() -> HandshakeStep {
        ERR_clear_error()
        let result = unsafe SSL_do_handshake(session)
        if result == 1 { return .done }
        switch unsafe SSL_get_error(session, result) {
        case SSL_ERROR_WANT_READ: return .wants(.readable)
        case SSL_ERROR_WANT_WRITE: return .wants(.writable)
        case SSL_ERROR_SYSCALL where isAtEnd: return .failed("TLS: the peer closed the connection in the handshake")
        default:
            let verdict = unsafe SSL_get_verify_result(session)
            guard verdict != X509_V_OK else { return .failed(Self.reason(or: "the handshake failed")) }
            return .failed(
                "TLS: certificate refused: \(unsafe String(cString: X509_verify_cert_error_string(verdict)))")
        }
    }

    /// What the peer showed in the handshake.
    func peerCertificate(isVerified: Bool) -> PeerCertificate? {
        guard let certificate = unsafe SSL_get1_peer_certificate(session) else { return nil }
        defer { unsafe X509_free(certificate) }
        return unsafe PeerCertificate(certificate, isVerified: isVerified)
    }

    /// Gives back what records needed, while nothing moves: thousands of connections idle. OpenSSL 3.0 keeps the room for writing
    /// (16 KiB) whatever SSL_MODE_RELEASE_BUFFERS says.
    func rest() { unsafe SSL_free_buffers(session) }

    /// Says that nothing follows, if the socket takes it. Not in the middle of a handshake.
    func close() {
        ERR_clear_error()
        unsafe SSL_shutdown(session)
        ERR_clear_error()
    }

    // MARK: Bytes

    /// Whether there is something to decrypt, or decrypted, that makes no channel readable.
    var hasBytes: Bool { unsafe records != nil || SSL_pending(session) > 0 }

    /// At most one record, of 16 KiB.
    func read(into space: UnsafeMutableRawBufferPointer) -> Outcome {
        ERR_clear_error()
        var count = 0
        let result = unsafe SSL_read_ex(session, space.baseAddress, space.count, &count)
        return result == 1 ? .moved(count) : outcome(of: result, blockedBy: SSL_ERROR_WANT_READ)
    }

    func write(_ bytes: UnsafeRawBufferPointer) -> Outcome {
        ERR_clear_error()
        var count = 0
        let result = unsafe SSL_write_ex(session, bytes.baseAddress, bytes.count, &count)
        return result == 1 ? .moved(count) : outcome(of: result, blockedBy: SSL_ERROR_WANT_WRITE)
    }

    private func outcome(of result: Int32, blockedBy block: Int32) -> Outcome {
        switch unsafe SSL_get_error(session, result) {
        case block: return .wouldBlock
        case SSL_ERROR_ZERO_RETURN: return .endOfStream
        // How a body ends is told by its framing, so that a cut is seen all the same.
        case SSL_ERROR_SYSCALL where isAtEnd: return .endOfStream
        // A read that has to write, or the other way round: a peer that renegotiates, which no kubelet does.
        case SSL_ERROR_WANT_READ, SSL_ERROR_WANT_WRITE: return .failed("TLS: the peer renegotiates")
        case SSL_ERROR_SYSCALL: return .failed("TLS: the connection broke")
        default: return .failed(Self.reason(or: "failed"))
        }
    }

    private static func reason(or fallback: String) -> String {
        let reason = unsafe ERR_reason_error_string(ERR_peek_error())
        return "TLS: " + (unsafe reason.map { unsafe String(cString: $0) } ?? fallback)
    }

    // MARK: What OpenSSL calls

    private func takeRecords(into space: UnsafeMutableRawBufferPointer) -> IOResult {
        if records == nil {
            // Only an event tells that there is more.
            guard channel.readiness.contains(.readable) else { return .wouldBlock }
            let result = receive()
            guard case .moved = result else { return result }
        }
        guard let records else { return .wouldBlock }
        let count = min(space.count, records.count)
        unsafe space.copyMemory(from: UnsafeRawBufferPointer(rebasing: records.bytes[..<count]))
        records.consume(count)
        if records.isEmpty {
            pool.giveBack(records)
            self.records = nil
        }
        return .moved(count)
    }

    private func receive() -> IOResult {
        let buffer = pool.borrow()
        let result = unsafe channel.read(into: buffer.freeSpace)
        if case .moved(let count) = result {
            buffer.filled(count)
            records = buffer
            return result
        }
        if case .endOfStream = result { isAtEnd = true }
        pool.giveBack(buffer)
        return result
    }

    private static func of(_ bio: OpaquePointer?) -> TLSStream? {
        guard let data = unsafe BIO_get_data(bio) else { return nil }
        return unsafe Unmanaged<TLSStream>.fromOpaque(data).takeUnretainedValue()
    }

    /// A BIO's ways to a stream. Made once, never freed.
    private nonisolated(unsafe) static let method: OpaquePointer? = {
        let method = unsafe BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "records")
        unsafe BIO_meth_set_read_ex(method) { bio, space, size, taken in
            unsafe krp_bio_clear_retry(bio)
            guard let stream = unsafe TLSStream.of(bio), let taken = unsafe taken else { return 0 }
            switch unsafe stream.takeRecords(into: UnsafeMutableRawBufferPointer(start: space, count: size)) {
            case .moved(let count):
                unsafe taken.pointee = count
                return 1
            case .wouldBlock: unsafe krp_bio_retry_read(bio)
            case .endOfStream, .failed: break
            }
            return 0
        }
        unsafe BIO_meth_set_write_ex(method) { bio, bytes, size, taken in
            unsafe krp_bio_clear_retry(bio)
            guard let stream = unsafe TLSStream.of(bio), let taken = unsafe taken else { return 0 }
            switch unsafe stream.channel.write(UnsafeRawBufferPointer(start: bytes, count: size)) {
            case .moved(let count):
                unsafe taken.pointee = count
                return 1
            case .wouldBlock: unsafe krp_bio_retry_write(bio)
            case .endOfStream, .failed: break
            }
            return 0
        }
        // Nothing waits in here to be flushed, and no other question has an answer.
        unsafe BIO_meth_set_ctrl(method) { _, command, _, _ in command == BIO_CTRL_FLUSH ? 1 : 0 }
        return unsafe method
    }()
}
