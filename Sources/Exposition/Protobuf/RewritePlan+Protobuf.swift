import Relabeling

extension RewritePlan {
    /// Whether the rules can be applied to protobuf; if not, the kubelet is asked for text (spec 7.6).
    package var rewritesProtobuf: Bool { !relabeler.traits.tellsPartsApart }

    /// A rewriter for one scrape in delimited protobuf. Only where ``rewritesProtobuf``.
    package func protobufRewriter() -> ExpositionRewriter {
        precondition(rewritesProtobuf, "rules that tell parts of a family apart, applied to protobuf")
        return ExpositionRewriter(ProtobufRewriter(self))
    }
}
