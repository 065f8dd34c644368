import Addressing
import CCurl
import COpenSSL
import EventLoop

/// Owns one libcurl easy handle, and a multi handle for it alone: connect-only handles in one shared multi slow each
/// other down, since each look at a connection walks the multi's list.
@safe final class CurlConnection {
    private let easy: UnsafeMutableRawPointer
    private let multi: UnsafeMutableRawPointer
    private let errorText: UnsafeMutableBufferPointer<CChar>
    /// What libcurl asks for while it connects; it tells by callback.
    private(set) var socket: Int32 = -1
    private(set) var wanted: Readiness = []
    /// Milliseconds until libcurl wants to be called without an event; nil: not at all.
    private(set) var callAgainIn: Int?

    /// What the peer showed in the handshake, if it is to be read.
    private(set) var peerCertificate: PeerCertificate?

    /// Two TLS records, so that reading them costs one system call rather than four. Held only while bytes wait in it, which
    /// is as long as a scraper is slow.
    private static let readAhead = 2 * (16 * 1024 + 256)

    init(to address: SocketAddress, tls: TLSCredentials?, through tunnel: SocketAddress?) throws(ConnectionError) {
        guard let easy = unsafe curl_easy_init(), let multi = unsafe curl_multi_init() else {
            throw .unreachable("libcurl: out of memory")
        }
        unsafe self.easy = easy
        unsafe self.multi = multi
        unsafe errorText = .allocate(capacity: Int(CURL_ERROR_SIZE))
        unsafe errorText.initialize(repeating: 0)
        unsafe krp_multi_set_callbacks(
            multi, Self.socketChanged, Self.timerChanged, Unmanaged.passUnretained(self).toOpaque())
        configure(address, tls)
        if let tunnel {
            set(CURLOPT_PROXY, "http://\(tunnel)")
            set(CURLOPT_HTTPPROXYTUNNEL, 1)
        }
    }

    deinit {
        unsafe curl_multi_remove_handle(multi, easy)
        unsafe curl_easy_cleanup(easy)
        unsafe curl_multi_cleanup(multi)
        unsafe curl_slist_free_all(connectTo)
        unsafe errorText.deallocate()
    }

    private func configure(_ address: SocketAddress, _ tls: TLSCredentials?) {
        let scheme = tls == nil ? "http" : "https"
        if let name = tls?.serverName {
            // The name is what TLS verifies; the address is what is dialled: no look-up (spec 11.3).
            set(CURLOPT_URL, "\(scheme)://\(name):\(address.port)/")
            unsafe connectTo = curl_slist_append(nil, "::\(address)")
            unsafe krp_easy_setopt_pointer(easy, CURLOPT_CONNECT_TO, connectTo)
        } else {
            set(CURLOPT_URL, "\(scheme)://\(address)/")
        }
        set(CURLOPT_CONNECT_ONLY, 1)
        set(CURLOPT_NOSIGNAL, 1)
        // No proxy of the environment's, nor a .netrc: only what is configured.
        set(CURLOPT_PROXY, "")
        set(CURLOPT_PROTOCOLS_STR, scheme)
        // Otherwise ALPN may settle on h2, which we don't speak on this connection.
        set(CURLOPT_HTTP_VERSION, CLong(CURL_HTTP_VERSION_1_1))
        set(CURLOPT_BUFFERSIZE, BufferPool.bufferSize)
        set(CURLOPT_TCP_KEEPALIVE, 1)
        unsafe krp_easy_setopt_pointer(easy, CURLOPT_ERRORBUFFER, errorText.baseAddress)
        guard let tls else { return }
        if tls.readsPeerCertificate {
            unsafe krp_easy_setopt_pointer(easy, CURLOPT_SSL_CTX_DATA, Unmanaged.passUnretained(self).toOpaque())
        }
        unsafe krp_easy_setopt_ssl_context_callback(easy) { _, context, connection in
            unsafe krp_ssl_ctx_read_ahead(OpaquePointer(context), CurlConnection.readAhead)
            if let connection = unsafe connection {
                unsafe CurlConnection.watchHandshake(OpaquePointer(context), for: connection)
            }
            return CURLE_OK
        }
        isVerified = !tls.skipsVerification
        set(CURLOPT_SSL_VERIFYPEER, tls.skipsVerification ? 0 : 1)
        set(CURLOPT_SSL_VERIFYHOST, tls.skipsVerification ? 0 : 2)
        if let caFile = tls.caFile { set(CURLOPT_CAINFO, caFile) }
        if let certFile = tls.certFile { set(CURLOPT_SSLCERT, certFile) }
        if let keyFile = tls.keyFile { set(CURLOPT_SSLKEY, keyFile) }
        if let caData = tls.caData { set(CURLOPT_CAINFO_BLOB, caData) }
        // The system's authorities have no say then.
        if tls.caFile != nil || tls.caData != nil { unsafe krp_easy_setopt_pointer(easy, CURLOPT_CAPATH, nil) }
        if let certData = tls.certData { set(CURLOPT_SSLCERT_BLOB, certData) }
        if let keyData = tls.keyData { set(CURLOPT_SSLKEY_BLOB, keyData) }
    }

    private func set(_ option: CURLoption, _ value: Int) { unsafe krp_easy_setopt_long(easy, option, value) }
    private func set(_ option: CURLoption, _ value: String) { unsafe krp_easy_setopt_string(easy, option, value) }

    /// libcurl keeps a copy.
    private func set(_ option: CURLoption, _ value: [UInt8]) {
        _ = unsafe value.withUnsafeBytes { unsafe krp_easy_setopt_blob(easy, option, $0.baseAddress, $0.count) }
    }

    // MARK: Connecting

    enum Progress {
        case connecting
        case connected
        case failed(String)
    }

    func start() -> Progress {
        unsafe curl_multi_add_handle(multi, easy)
        return act(CURL_SOCKET_TIMEOUT, 0)
    }

    /// Tells libcurl what became of its socket, or that its time is up (no readiness).
    func continueConnecting(_ readiness: Readiness) -> Progress {
        guard !readiness.isEmpty, socket >= 0 else { return act(CURL_SOCKET_TIMEOUT, 0) }
        var bits: Int32 = 0
        if readiness.contains(.readable) { bits |= CURL_CSELECT_IN }
        if readiness.contains(.writable) { bits |= CURL_CSELECT_OUT }
        return act(socket, bits)
    }

    private func act(_ socket: curl_socket_t, _ bits: Int32) -> Progress {
        var running: Int32 = 0
        unsafe curl_multi_socket_action(multi, socket, bits, &running)
        // A timer of zero means "call me again at once".
        var repeats = 0
        while callAgainIn == 0, repeats < 16 {
            callAgainIn = nil
            unsafe curl_multi_socket_action(multi, CURL_SOCKET_TIMEOUT, 0, &running)
            repeats += 1
        }
        var result = CURLE_OK
        guard unsafe krp_multi_next_done(multi, &result) != 0 else { return .connecting }
        guard result == CURLE_OK else { return .failed(message(for: result)) }
        guard unsafe krp_easy_getinfo_socket(easy, &self.socket) == CURLE_OK else {
            return .failed("libcurl: no socket after the connect")
        }
        return .connected
    }

    private func message(for code: CURLcode) -> String {
        if unsafe errorText[0] != 0, let base = unsafe errorText.baseAddress { return unsafe String(cString: base) }
        return unsafe String(cString: curl_easy_strerror(code))
    }

    private static let socketChanged: krp_socket_callback = { _, socket, what, context, _ in
        guard let context = unsafe context else { return 0 }
        let connection = unsafe Unmanaged<CurlConnection>.fromOpaque(context).takeUnretainedValue()
        if what == CURL_POLL_REMOVE {
            connection.wanted = []
            return 0
        }
        connection.socket = socket
        connection.wanted =
            switch what {
            case CURL_POLL_IN: .readable
            case CURL_POLL_OUT: .writable
            default: [.readable, .writable]
            }
        return 0
    }

    private static let timerChanged: krp_timer_callback = { _, milliseconds, context in
        guard let context = unsafe context else { return 0 }
        let connection = unsafe Unmanaged<CurlConnection>.fromOpaque(context).takeUnretainedValue()
        connection.callAgainIn = milliseconds < 0 ? nil : milliseconds
        return 0
    }

    // MARK: The peer's certificate

    private var isVerified = false

    /// The place of the connection among an SSL_CTX's own data.
    private static let connectionIndex = CRYPTO_get_ex_new_index(
        CRYPTO_EX_INDEX_SSL_CTX, 0, nil, nil, nil, nil)

    /// libcurl 7.88 hands out its `SSL *` only once something was sent, which is too late: evidence decides whether anything
    /// is sent at all (spec 6.3).
    private static func watchHandshake(_ context: OpaquePointer?, for connection: UnsafeMutableRawPointer) {
        unsafe SSL_CTX_set_ex_data(context, connectionIndex, connection)
        unsafe SSL_CTX_set_info_callback(context) { session, event, _ in
            // It comes again with each session ticket of TLS 1.3.
            guard event & SSL_CB_HANDSHAKE_DONE != 0,
                let connection = unsafe SSL_CTX_get_ex_data(SSL_get_SSL_CTX(session), CurlConnection.connectionIndex)
            else { return }
            unsafe Unmanaged<CurlConnection>.fromOpaque(connection).takeUnretainedValue().note(session)
        }
    }

    private func note(_ session: OpaquePointer?) {
        guard peerCertificate == nil, let certificate = unsafe SSL_get1_peer_certificate(session) else { return }
        defer { unsafe X509_free(certificate) }
        peerCertificate = unsafe PeerCertificate(certificate, isVerified: isVerified)
    }

    private var connectTo: UnsafeMutablePointer<curl_slist>?

    // MARK: Moving bytes through libcurl's TLS

    func receive(into space: UnsafeMutableRawBufferPointer) -> CurlResult {
        var count = 0
        let code = unsafe curl_easy_recv(easy, space.baseAddress, space.count, &count)
        return CurlResult(code, count, message: message)
    }

    func send(_ bytes: UnsafeRawBufferPointer) -> CurlResult {
        var count = 0
        let code = unsafe curl_easy_send(easy, bytes.baseAddress, bytes.count, &count)
        return CurlResult(code, count, message: message)
    }
}

/// The outcome of `curl_easy_recv` or `curl_easy_send`.
enum CurlResult {
    case moved(Int)
    case wouldBlock
    case endOfStream
    case failed(String)

    init(_ code: CURLcode, _ count: Int, message: (CURLcode) -> String) {
        self =
            switch code {
            case CURLE_OK: count > 0 ? .moved(count) : .endOfStream
            case CURLE_AGAIN: .wouldBlock
            default: .failed(message(code))
            }
    }
}
