/// Why a protobuf body can't be rewritten.
enum ProtobufError: Error {
    case truncated
    case varintTooLong
    case illegalTag
    case unexpectedEndOfGroup
    case wrongWireType(field: Int32)
    /// Well formed, but nothing that Prometheus takes.
    case refused(String)
    /// A metric, or another field of a family, of so many bytes.
    case sampleTooLong(Int)
    /// A limit on what leaves.
    case limit(RewriteError)

    /// What is malformed about it; nil where a limit was met.
    var reason: String? {
        switch self {
        case .truncated: "message or field longer than what holds it"
        case .varintTooLong: "varint longer than 64 bits"
        case .illegalTag: "illegal field tag"
        case .unexpectedEndOfGroup: "end of a group that did not begin"
        case .wrongWireType(let field): "wrong wire type for field \(field)"
        case .refused(let reason): reason
        case .sampleTooLong, .limit: nil
        }
    }
}
