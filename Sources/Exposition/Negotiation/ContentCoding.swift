/// How a body is coded on the wire (RFC 9110 8.4), as far as a rewriter can read and write it.
package enum ContentCoding: String, Sendable, Equatable {
    case identity
    case gzip

    /// Reads a `Content-Encoding`; nil for a coding, or a stack of codings, that can't be rewritten.
    package init?(contentEncoding: String?) {
        let coding = contentEncoding?.trimmingBlanks.lowercased() ?? ""
        switch coding {
        case "", "identity": self = .identity
        case "gzip", "x-gzip": self = .gzip
        default: return nil
        }
    }
}
