/// What the fake API server sends back.
enum APIAnswer {
    case response(APIResponse)
    case watch(WatchStream)
    case nodeProxy(NodeProxy)
}

struct APIResponse {
    var status = 200
    var contentType = "application/json"
    var body: [UInt8]
    /// Further fields, in order.
    var headers: [(name: String, value: String)] = []
    /// Whether the length is told beforehand; lists are streamed.
    var isStreamed = false
    /// How long the server waits before it answers, in milliseconds.
    var delay: UInt64 = 0

    static func json(_ value: JSONValue, status: Int = 200) -> APIResponse {
        APIResponse(status: status, body: value.text + [UInt8(ascii: "\n")])
    }

    static func text(_ text: String, status: Int = 200) -> APIResponse {
        APIResponse(
            status: status, contentType: "text/plain; charset=utf-8", body: Array(text.utf8),
            headers: [("X-Content-Type-Options", "nosniff")])
    }

    static func failure(_ status: APIStatus) -> APIResponse {
        var response = json(status.json, status: status.code)
        if let seconds = status.retryAfter { response.headers.append(("Retry-After", "\(seconds)")) }
        if status.code == 403 { response.headers.append(("X-Content-Type-Options", "nosniff")) }
        response.delay = status.delay
        return response
    }
}
