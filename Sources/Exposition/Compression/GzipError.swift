/// Why a gzip stream (RFC 1952) can't be read to its end.
package enum GzipError: Error, Equatable {
    /// The stream ended inside a member, or before the first one.
    case truncated
    /// A member does not begin with a gzip header: the body is not gzip, or garbage follows its last member.
    case invalidHeader(member: Int)
    /// A member's deflate data, checksum or length is wrong.
    case corrupt(member: Int, reason: String)
}

extension GzipError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .truncated:
            "gzip body ends before its trailer: the connection broke, or the sender cut it"
        case .invalidHeader(member: 1):
            "body is labelled gzip but does not begin with a gzip header: check Content-Encoding"
        case .invalidHeader(let member):
            "bytes follow gzip member \(member - 1) that are no gzip member"
        case .corrupt(let member, let reason):
            "gzip member \(member) is corrupt: \(reason)"
        }
    }
}
