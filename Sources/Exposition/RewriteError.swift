/// Why a body could not be rewritten to its end. What was written before is whole records of the body; nothing follows.
package enum RewriteError: Error, Sendable, Equatable {
    /// The body is not what its format says (spec 7.9). `excerpt` is the beginning of the line or message, made printable.
    case malformed(at: BodyPosition, excerpt: String, reason: String)
    /// A limit of 7.10. `reached` is what the body had when it was cut, in the unit of the limit.
    case limit(RewriteLimit, reached: Int, allowed: Int)
}

/// A place in a body: a line of the text formats, a byte of protobuf.
package enum BodyPosition: Sendable, Equatable {
    /// Counted from 1.
    case line(Int)
    /// Offset of a message's first byte, counted from 0.
    case byte(Int)
}

extension RewriteError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .malformed(let position, let excerpt, let reason):
            "malformed body at \(position): \(reason), in \"\(excerpt)\": the kubelet must send what its Content-Type says"
        case .limit(.bodySize, let reached, let allowed):
            "body is at least \(reached) bytes, body_size_limit is \(allowed): raise it or drop metrics at the kubelet"
        case .limit(.samples, let reached, let allowed):
            "body has at least \(reached) samples after relabeling, sample_limit is \(allowed): raise it or drop metrics"
        case .limit(.labels, let reached, let allowed):
            "a series has \(reached) labels after relabeling, label_limit is \(allowed): raise it or drop labels"
        case .limit(.sampleLength, let reached, let allowed):
            "a sample is at least \(reached) bytes long, sample_length is \(allowed): raise it"
        }
    }
}

extension BodyPosition: CustomStringConvertible {
    package var description: String {
        switch self {
        case .line(let number): "line \(number)"
        case .byte(let offset): "byte \(offset)"
        }
    }
}
