/// Why a coded body could not be rewritten to its end.
package enum CodedRewriteError: Error, Sendable, Equatable {
    /// Not the gzip stream that its `Content-Encoding` announces; counts as malformed (spec 7.9).
    case gzip(GzipError)
    case exposition(RewriteError)

    /// The limit of spec 7.10 that cut the body; nil if it was malformed.
    package var limit: RewriteLimit? {
        guard case .exposition(.limit(let limit, _, _)) = self else { return nil }
        return limit
    }
}

extension CodedRewriteError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .gzip(let error): error.description
        case .exposition(let error): error.description
        }
    }
}
