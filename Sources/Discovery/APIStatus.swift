/// What the API server says about a request that it did not fulfil (Kubernetes `meta/v1.Status`).
package struct APIStatus: Sendable, Equatable, Error, CustomStringConvertible {
    /// The HTTP status, 403 say.
    package var code: Int
    /// One word of Kubernetes, such as `Expired`; empty where the answer was no Status object (429, a gateway's answer).
    package var reason: String
    /// One line for people.
    package var message: String
    /// Seconds.
    package var retryAfter: Int?

    package init(code: Int, reason: String = "", message: String, retryAfter: Int? = nil) {
        self.code = code
        self.reason = reason
        self.message = message
        self.retryAfter = retryAfter
    }

    /// The answer to a request: its HTTP status, its body, and the seconds of its `Retry-After`.
    package init(httpStatus: Int, body: [UInt8], retryAfter: Int? = nil) {
        let details = try? JSONScanner.status(JSONScanner(body))
        self.init(
            code: httpStatus, reason: details?.reason ?? "",
            message: Self.oneLine(
                details?.message ?? String(decoding: body.prefix(Self.longestMessage), as: UTF8.self)),
            retryAfter: retryAfter ?? details?.retryAfter)
    }

    package var description: String { message.isEmpty ? "status \(code)" : "status \(code): \(message)" }

    /// The revision or the page asked for is gone from the server's history: only a fresh list helps.
    package var isGone: Bool { code == 410 || reason == "Expired" || reason == "Gone" }

    private static let longestMessage = 400

    /// Log lines stay lines, whatever a gateway answers.
    private static func oneLine(_ text: String) -> String {
        let printable = text.unicodeScalars.prefix(longestMessage).map {
            $0.value < 0x20 || $0.value == 0x7f ? " " : $0
        }
        let trimmed = printable.drop { $0 == " " }
        let end = trimmed.lastIndex { $0 != " " }.map { $0 + 1 } ?? trimmed.startIndex
        return String(String.UnicodeScalarView(trimmed[..<end]))
    }
}

extension JSONScanner {
    /// Reads a Status object where `scanner` stands.
    static func status(_ start: JSONScanner) throws(Failure) -> APIStatus {
        var scanner = start
        var status = APIStatus(code: 0, message: "")
        guard try scanner.enterObject("") else { throw scanner.failure("", "expected a Status, found null") }
        while let key = try scanner.nextKey() {
            switch key {
            case "code": status.code = try scanner.integer("code")
            case "reason": status.reason = try scanner.string("reason")
            case "message": status.message = try scanner.string("message")
            case "details":
                guard try scanner.enterObject("details") else { continue }
                while let key = try scanner.nextKey() {
                    guard key == "retryAfterSeconds" else {
                        try scanner.skip()
                        continue
                    }
                    status.retryAfter = try scanner.integer("details.retryAfterSeconds")
                }
            default: try scanner.skip()
            }
        }
        return status
    }
}
