import CCurl

/// Asks a Kubernetes API server, one request at a time, over libcurl's HTTP (HTTP/2 where offered), keeping the connection.
///
/// Blocks the thread that calls it and belongs to that thread; `interrupt` alone may be used from others. Redirects are
/// not followed, so credentials go to no other place.
package final class KubernetesAPIClient {
    package let interrupt: APIInterrupt
    private let access: KubernetesAccess
    private var bearerToken: BearerToken
    /// The connections kept may be dead.
    private var needsFreshConnection = false

    package init(_ access: KubernetesAccess, interrupt: APIInterrupt = APIInterrupt()) {
        self.access = access
        self.interrupt = interrupt
        bearerToken = BearerToken(access.credential)
    }
}

/// An answer to its end, whatever its status.
package struct APIResponse: Sendable, Equatable {
    package var status: Int
    /// Decompressed; empty where it was streamed.
    package var body: [UInt8]
    /// Seconds.
    package var retryAfter: Int?
}

/// Why there is no answer, or no whole one.
package enum APIClientError: Error, Sendable, Equatable, CustomStringConvertible {
    case interrupted
    /// The caller wanted no more of a stream.
    case closedByCaller
    case unreachable(String)
    case silent(Duration)
    case bodyTooLarge(limit: Int)
    case credentialUnreadable(DocumentError)

    package var description: String {
        switch self {
        case .interrupted: "interrupted"
        case .closedByCaller: "closed"
        case .unreachable(let problem): problem
        case .silent(let limit): "not a byte from the API server for \(limit)"
        case .bodyTooLarge(let limit): "the API server's answer is larger than the limit of \(limit >> 20) MiB"
        case .credentialUnreadable(let error): "\(error)"
        }
    }
}

// MARK: - Requests

extension KubernetesAPIClient {
    /// Gets `target`, such as `/api/v1/nodes?limit=500`, and collects the body, which may come compressed.
    ///
    /// - Parameter silence: how long to wait for a first or further byte.
    package func get(
        _ target: String, silence: Duration = .seconds(90), bodyLimit: Int = 1 << 30
    ) throws(APIClientError) -> APIResponse {
        let request = try request(target)
        request.set(CURLOPT_ACCEPT_ENCODING, "gzip")
        request.bodyLimit = bodyLimit
        return try perform(request, silence: silence)
    }

    /// Gets `target` and hands on the body of a 200 as it comes; that of another status is collected.
    ///
    /// - Parameters:
    ///   - opened: is called when a 200 came, before its body.
    ///   - received: is given some bytes of the body; false closes the stream (`closedByCaller`).
    package func stream(
        _ target: String, silence: Duration = .seconds(90), opened: @escaping () -> Void,
        received: @escaping ([UInt8]) -> Bool
    ) throws(APIClientError) -> APIResponse {
        let request = try request(target)
        request.opened = opened
        request.received = received
        request.bodyLimit = 1 << 20
        return try perform(request, silence: silence)
    }

    private func perform(_ request: CurlRequest, silence: Duration) throws(APIClientError) -> APIResponse {
        let outcome: CURLcode
        do {
            outcome = try wait(for: request, silence: silence)
        } catch {
            needsFreshConnection = true
            throw error
        }
        needsFreshConnection = outcome != CURLE_OK
        guard outcome == CURLE_OK else {
            if request.isOverLimit { throw .bodyTooLarge(limit: request.bodyLimit) }
            if outcome == CURLE_WRITE_ERROR { throw .closedByCaller }
            let remedy =
                outcome == CURLE_PEER_FAILED_VERIFICATION
                ? ": check certificate-authority and tls-server-name in \(access.origin)" : ""
            throw .unreachable("\(access.server): \(request.problem(outcome))\(remedy)")
        }
        return APIResponse(status: request.status, body: request.body, retryAfter: request.retryAfter)
    }

    /// Drives the transfer to its end. Sleeps while nothing comes.
    private func wait(for request: CurlRequest, silence: Duration) throws(APIClientError) -> CURLcode {
        let multi = unsafe interrupt.multi
        unsafe curl_multi_add_handle(multi, request.easy)
        defer { unsafe curl_multi_remove_handle(multi, request.easy) }
        while true {
            var running: Int32 = 0
            unsafe curl_multi_perform(multi, &running)
            var outcome = CURLE_OK
            if unsafe krp_multi_next_done(multi, &outcome) != 0 { return outcome }
            guard !interrupt.isTriggered else { throw .interrupted }
            let left = silence - (.now - request.lastByteAt)
            guard left > .zero else { throw .silent(silence) }
            unsafe curl_multi_poll(multi, nil, 0, left.roundedUpToMilliseconds, nil)
        }
    }
}

// MARK: - Options

extension KubernetesAPIClient {
    private func request(_ target: String) throws(APIClientError) -> CurlRequest {
        let request = CurlRequest()
        request.set(CURLOPT_NOSIGNAL, 1)
        request.set(CURLOPT_PROTOCOLS_STR, "http,https")
        request.set(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_2TLS))
        request.set(CURLOPT_CONNECTTIMEOUT, 10)
        request.set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1)
        request.set(CURLOPT_FRESH_CONNECT, needsFreshConnection ? 1 : 0)
        // The API server writes JSON with indents for an agent that is named like a browser or curl.
        request.set(CURLOPT_USERAGENT, "kubelet-relabel-proxy")
        request.addHeader("Accept: application/json")
        setPlace(request, target)
        setTrust(request)
        try setCredentials(request)
        return request
    }

    private func setPlace(_ request: CurlRequest, _ target: String) {
        let place = ServerPlace(access.server)
        if let name = access.trust.serverName {
            // libcurl asks for, and checks, the host of the URL: let that be the name, and connect to the real one.
            request.set(CURLOPT_URL, "\(place.scheme)://\(name):\(place.port)\(place.path)\(target)")
            request.connectTo("\(name):\(place.port):\(place.host):\(place.port)")
            request.addHeader("Host: \(place.authority)")
        } else {
            request.set(CURLOPT_URL, access.server + target)
        }
        // As in Go, HTTPS_PROXY is not for this machine itself.
        if let proxy = access.proxy?.text ?? (place.isLoopback ? "" : nil) { request.set(CURLOPT_PROXY, proxy) }
    }

    private func setTrust(_ request: CurlRequest) {
        switch access.trust {
        case .anyone:
            request.set(CURLOPT_SSL_VERIFYPEER, 0)
            request.set(CURLOPT_SSL_VERIFYHOST, 0)
        case .authority(nil, _): break
        case .authority(let authority?, _):
            set(authority, request, file: CURLOPT_CAINFO, blob: CURLOPT_CAINFO_BLOB)
            // The system's authorities have no say, and a rotated file counts from the next connection on.
            request.set(CURLOPT_CAPATH, nil)
            request.set(CURLOPT_CA_CACHE_TIMEOUT, 0)
        }
    }

    private func setCredentials(_ request: CurlRequest) throws(APIClientError) {
        if let own = access.clientCertificate {
            set(own.certificate, request, file: CURLOPT_SSLCERT, blob: CURLOPT_SSLCERT_BLOB)
            set(own.key, request, file: CURLOPT_SSLKEY, blob: CURLOPT_SSLKEY_BLOB)
        }
        if case .password(let user, let password) = access.credential {
            request.set(CURLOPT_USERNAME, user)
            request.set(CURLOPT_PASSWORD, password.text)
        }
        do {
            if let token = try bearerToken.current() { request.addHeader("Authorization: Bearer \(token.text)") }
        } catch {
            throw .credentialUnreadable(error)
        }
    }

    private func set(_ pem: KubernetesAccess.PEM, _ request: CurlRequest, file: CURLoption, blob: CURLoption) {
        switch pem {
        case .file(let path): request.set(file, path)
        case .data(let data): request.set(blob, blob: data.bytes)
        }
    }
}

extension KubernetesAccess.Trust {
    fileprivate var serverName: String? {
        switch self {
        case .authority(_, let serverName), .anyone(let serverName): serverName
        }
    }
}
