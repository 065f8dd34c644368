/// The connection is over: what came is no HTTP/2, or more of it than anybody needs.
package struct HTTP2Error: Error, Equatable, Sendable {
    /// The code that the peer is told in GOAWAY (RFC 9113 section 7).
    package let code: HTTP2ErrorCode
    package let reason: StaticString

    package init(code: HTTP2ErrorCode, reason: StaticString) {
        self.code = code
        self.reason = reason
    }

    package static func == (left: HTTP2Error, right: HTTP2Error) -> Bool {
        left.code == right.code && "\(left.reason)" == "\(right.reason)"
    }
}

/// RFC 9113 section 7.
package enum HTTP2ErrorCode: UInt32, Sendable {
    case noError = 0
    case protocolError = 1
    case internalError = 2
    case flowControlError = 3
    case settingsTimeout = 4
    case streamClosed = 5
    case frameSizeError = 6
    case refusedStream = 7
    case cancel = 8
    case compressionError = 9
    case connectError = 10
    case enhanceYourCalm = 11
    case inadequateSecurity = 12
    case http11Required = 13
}
