import Addressing
import CCurl
import EventLoop
import Glibc

/// A dial by libcurl: to the address, or by CONNECT through a proxy. Once it is connected the socket is the caller's, and libcurl
/// is done with: its handles cost a kept connection 30 KB and two more descriptors.
@safe final class CurlDial {
    private let easy: UnsafeMutableRawPointer
    private let multi: UnsafeMutableRawPointer
    private let errorText: UnsafeMutableBufferPointer<CChar>
    /// What libcurl asks for while it connects; it tells by callback.
    private(set) var socket: Int32 = -1
    private(set) var wanted: Readiness = []
    /// Milliseconds until libcurl wants to be called without an event; nil: not at all.
    private(set) var callAgainIn: Int?

    /// Whether the socket outlives the handles.
    private var isLetGo = false

    init(to address: SocketAddress, through tunnel: SocketAddress?) throws(ConnectionError) {
        guard let easy = unsafe curl_easy_init(), let multi = unsafe curl_multi_init() else {
            throw .unreachable("libcurl: out of memory")
        }
        unsafe self.easy = easy
        unsafe self.multi = multi
        unsafe errorText = .allocate(capacity: Int(CURL_ERROR_SIZE))
        unsafe errorText.initialize(repeating: 0)
        unsafe krp_multi_set_callbacks(
            multi, Self.socketChanged, Self.timerChanged, Unmanaged.passUnretained(self).toOpaque())
        configure(address, tunnel)
    }

    deinit {
        unsafe curl_multi_remove_handle(multi, easy)
        unsafe curl_easy_cleanup(easy)
        unsafe curl_multi_cleanup(multi)
        unsafe errorText.deallocate()
    }

    private func configure(_ address: SocketAddress, _ tunnel: SocketAddress?) {
        set(CURLOPT_URL, "http://\(address)/")
        set(CURLOPT_CONNECT_ONLY, 1)
        set(CURLOPT_NOSIGNAL, 1)
        // No proxy of the environment's, nor a .netrc: only what is asked for.
        set(CURLOPT_PROXY, tunnel.map { "http://\($0)" } ?? "")
        if tunnel != nil { set(CURLOPT_HTTPPROXYTUNNEL, 1) }
        set(CURLOPT_PROTOCOLS_STR, "http")
        // The least that it takes: libcurl reads nothing but the answer to a CONNECT.
        set(CURLOPT_BUFFERSIZE, 1024)
        set(CURLOPT_TCP_KEEPALIVE, 1)
        unsafe krp_easy_setopt_pointer(easy, CURLOPT_ERRORBUFFER, errorText.baseAddress)
        unsafe krp_easy_setopt_close_socket(easy, Self.closesSocket, Unmanaged.passUnretained(self).toOpaque())
    }

    private static let closesSocket: krp_close_socket_callback = { context, socket in
        guard let context = unsafe context else { return close(socket) }
        let dial = unsafe Unmanaged<CurlDial>.fromOpaque(context).takeUnretainedValue()
        return dial.isLetGo && socket == dial.socket ? 0 : close(socket)
    }

    /// From here on the socket is not libcurl's to close.
    func letGo() { isLetGo = true }

    private func set(_ option: CURLoption, _ value: Int) { unsafe krp_easy_setopt_long(easy, option, value) }
    private func set(_ option: CURLoption, _ value: String) { unsafe krp_easy_setopt_string(easy, option, value) }

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
        let connection = unsafe Unmanaged<CurlDial>.fromOpaque(context).takeUnretainedValue()
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
        let connection = unsafe Unmanaged<CurlDial>.fromOpaque(context).takeUnretainedValue()
        connection.callAgainIn = milliseconds < 0 ? nil : milliseconds
        return 0
    }
}
