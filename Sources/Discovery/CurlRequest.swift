import CCurl

/// One GET with libcurl: owns the easy handle and all that libcurl keeps pointers to.
@safe final class CurlRequest {
    /// The handle, for `curl_multi_add_handle`.
    let easy: UnsafeMutableRawPointer
    /// Given the bytes of a 200's body as they come; false ends the transfer. Without it they are collected in `body`.
    var received: (([UInt8]) -> Bool)?
    /// Called when the head of a 200 is complete.
    var opened: (() -> Void)?
    /// In bytes.
    var bodyLimit = Int.max
    /// What was collected: also that of any answer but 200.
    private(set) var body: [UInt8] = []
    private(set) var lastByteAt = ContinuousClock.now
    private(set) var isOverLimit = false

    private var headers: UnsafeMutablePointer<curl_slist>?
    private var connectTo: UnsafeMutablePointer<curl_slist>?
    private let errorText: UnsafeMutablePointer<CChar>

    init() {
        guard let easy = unsafe curl_easy_init() else { fatalError("libcurl has no memory left") }
        unsafe self.easy = easy
        unsafe errorText = .allocate(capacity: Int(CURL_ERROR_SIZE))
        unsafe errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
        unsafe set(CURLOPT_ERRORBUFFER, pointer: errorText)
        let this = unsafe Unmanaged.passUnretained(self).toOpaque()
        unsafe set(CURLOPT_WRITEDATA, pointer: this)
        unsafe set(CURLOPT_HEADERDATA, pointer: this)
        unsafe check(krp_easy_setopt_data_callback(easy, CURLOPT_WRITEFUNCTION, Self.onBody))
        unsafe check(krp_easy_setopt_data_callback(easy, CURLOPT_HEADERFUNCTION, Self.onHeader))
    }

    deinit {
        unsafe curl_easy_cleanup(easy)
        unsafe curl_slist_free_all(headers)
        unsafe curl_slist_free_all(connectTo)
        unsafe errorText.deallocate()
    }
}

// MARK: - Options

extension CurlRequest {
    func set(_ option: CURLoption, _ value: Int) { unsafe check(krp_easy_setopt_long(easy, option, value)) }

    /// libcurl copies the text; nil resets the option.
    func set(_ option: CURLoption, _ value: String?) {
        if let value {
            unsafe check(krp_easy_setopt_string(easy, option, value))
        } else {
            unsafe check(krp_easy_setopt_string(easy, option, nil))
        }
    }

    /// libcurl copies the bytes.
    func set(_ option: CURLoption, blob bytes: [UInt8]) {
        unsafe bytes.withUnsafeBytes {
            unsafe check(krp_easy_setopt_blob(easy, option, $0.baseAddress, $0.count))
        }
    }

    func addHeader(_ line: String) {
        unsafe headers = curl_slist_append(headers, line)
        unsafe set(CURLOPT_HTTPHEADER, pointer: headers)
    }

    /// `HOST:PORT:CONNECT-TO-HOST:CONNECT-TO-PORT`
    func connectTo(_ rule: String) {
        unsafe connectTo = curl_slist_append(connectTo, rule)
        unsafe set(CURLOPT_CONNECT_TO, pointer: connectTo)
    }

    private func set(_ option: CURLoption, pointer: UnsafeMutableRawPointer?) {
        unsafe check(krp_easy_setopt_pointer(easy, option, pointer))
    }

    /// Options fail for want of memory or of a feature in libcurl: nothing that a retry cures.
    private func check(_ code: CURLcode) {
        guard code == CURLE_OK else { fatalError("libcurl refuses an option: \(Self.text(of: code))") }
    }
}

// MARK: - Outcome

extension CurlRequest {
    /// 0 before an answer.
    var status: Int {
        var status = 0
        unsafe check(krp_easy_getinfo_status(easy, &status))
        return status
    }

    /// Seconds; nil where the answer had no `Retry-After`.
    var retryAfter: Int? {
        var seconds: curl_off_t = 0
        unsafe check(krp_easy_getinfo_retry_after(easy, &seconds))
        return seconds > 0 ? Int(seconds) : nil
    }

    /// What went wrong, in libcurl's words.
    func problem(_ code: CURLcode) -> String {
        let details = unsafe String(cString: errorText)
        return details.isEmpty ? Self.text(of: code) : details
    }

    private static func text(of code: CURLcode) -> String { unsafe String(cString: curl_easy_strerror(code)) }
}

// MARK: - Callbacks

extension CurlRequest {
    private static let onBody: krp_data_callback = { data, size, count, context in
        guard let data = unsafe data, let context = unsafe context else { return 0 }
        let bytes = unsafe UnsafeBufferPointer(
            start: UnsafeRawPointer(data).assumingMemoryBound(to: UInt8.self), count: size * count)
        let request = unsafe Unmanaged<CurlRequest>.fromOpaque(context).takeUnretainedValue()
        // Any other count than that of the bytes ends the transfer.
        return unsafe request.takeBody(bytes) ? bytes.count : (bytes.isEmpty ? 1 : 0)
    }

    private static let onHeader: krp_data_callback = { data, size, count, context in
        guard let data = unsafe data, let context = unsafe context else { return 0 }
        let request = unsafe Unmanaged<CurlRequest>.fromOpaque(context).takeUnretainedValue()
        // An empty line ends the head, also that of an interim answer.
        let isEnd = unsafe size * count == 2 && data[0] == 0x0d && data[1] == 0x0a
        request.takeHeader(isEnd: isEnd)
        return size * count
    }

    private func takeBody(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        lastByteAt = .now
        if let received, status == 200 { return received(unsafe Array(bytes)) }
        guard body.count + bytes.count <= bodyLimit else {
            isOverLimit = true
            return false
        }
        unsafe body.append(contentsOf: bytes)
        return true
    }

    private func takeHeader(isEnd: Bool) {
        lastByteAt = .now
        guard isEnd, status == 200 else { return }
        opened?()
        // Trailers behind a body end in an empty line too.
        opened = nil
    }
}
