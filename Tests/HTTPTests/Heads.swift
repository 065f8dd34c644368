import HTTP
import Testing

/// Heads as text, the way tests write them: `\r\n` and all.
enum Heads {
    /// The length of the head that begins the text; nil while it is incomplete.
    static func end(in text: String, limit: Int = 65_536) throws(HTTPError) -> Int? {
        var scanner = HeadScanner()
        return try unsafe Bytes(text).read { bytes throws(HTTPError) in
            try unsafe scanner.endOfHead(in: bytes, limit: limit)
        }
    }

    /// Scans and parses one request's head.
    static func request(_ text: String) throws(HTTPError) -> RequestHead {
        guard try end(in: text) == text.utf8.count else { throw .malformed("the test's head is not one head") }
        return try unsafe Bytes(text).read { bytes throws(HTTPError) in try unsafe RequestHead(bytes) }
    }

    /// Scans and parses one answer's head.
    static func response(_ text: String) throws(HTTPError) -> ResponseHead {
        guard try end(in: text) == text.utf8.count else { throw .malformed("the test's head is not one head") }
        return try unsafe Bytes(text).read { bytes throws(HTTPError) in try unsafe ResponseHead(bytes) }
    }

    /// The request that has nothing but its Host field and those given.
    static func request(fields: String) throws(HTTPError) -> RequestHead {
        try request("GET /metrics HTTP/1.1\r\nHost: h\r\n\(fields)\r\n")
    }

    static func target(_ target: String, method: String = "GET") throws(HTTPError) -> RequestTarget {
        try RequestTarget(request("\(method) \(target) HTTP/1.1\r\nHost: h\r\n\r\n"))
    }
}

extension HTTPError {
    /// What a table says of it, however it is worded.
    enum Kind: Equatable {
        case malformed, tooLarge, version, timedOut
    }

    var kind: Kind {
        switch self {
        case .malformed: .malformed
        case .headTooLarge: .tooLarge
        case .versionNotSupported: .version
        case .headTimedOut: .timedOut
        }
    }
}

/// Expects the grammar to refuse what the body reads.
func expectRefusal(
    _ kind: HTTPError.Kind, sourceLocation: SourceLocation = #_sourceLocation, _ body: () throws -> some Any
) {
    do {
        let result = try body()
        Issue.record("read as \(result)", sourceLocation: sourceLocation)
    } catch {
        #expect((error as? HTTPError)?.kind == kind, "\(error)", sourceLocation: sourceLocation)
    }
}
