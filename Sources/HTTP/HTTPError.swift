/// A message that this grammar refuses. The text says what is wrong, in one line of printable ASCII.
package enum HTTPError: Error, Equatable {
    /// Not HTTP, or ambiguous: whoever reads it next might read something else (spec 11.4).
    case malformed(StaticText)
    /// The head is longer than the limit (bytes), or has too many fields.
    case headTooLarge(limit: Int)
    /// HTTP, but not 1.1.
    case versionNotSupported
    /// The head began and did not end in time.
    case headTimedOut
}

/// A constant message: nothing of the peer's bytes gets into an answer or a log.
package struct StaticText: Equatable, Sendable, CustomStringConvertible, ExpressibleByStringLiteral {
    package let description: String
    package init(stringLiteral value: StaticString) { description = "\(value)" }
}

extension HTTPError {
    /// In plain words.
    package var text: String {
        switch self {
        case .malformed(let what): what.description
        case .headTooLarge(let limit): "the head is over the limit of \(limit) bytes, or has more than 128 fields"
        case .headTimedOut: "the head did not arrive in time"
        case .versionNotSupported: "only HTTP/1.1 is supported: HTTP/1.0 can't tell a cut answer from a whole one"
        }
    }
}
