/// What a downstream's `Accept-Encoding` lets a rewritten answer be coded in (RFC 9110 12.5.3, spec 7.7).
package struct AcceptEncoding: Sendable, Equatable {
    /// gzip where it is accepted and nothing says that identity is liked better; else identity.
    ///
    /// Identity also where the field refuses everything: a body that the scraper may not want beats no body at all.
    package let coding: ContentCoding

    /// - Parameter field: the field's lines joined by commas; nil (anything would do) means identity.
    package init(_ field: String?) {
        let members = WeightedList(field ?? "").members
        let weight = { (names: Set<String>) in members.first { names.contains($0.name) }?.weight }
        let any = weight(["*"])
        let gzip = weight(["gzip", "x-gzip"]) ?? any ?? 0
        // Unless named, identity is acceptable, but less so than what is named.
        let identity = weight(["identity"]) ?? 0
        coding = gzip > 0 && gzip >= identity ? .gzip : .identity
    }

    /// What to ask the kubelet for when its answer will be rewritten: never a coding that can't be (zstd).
    package var upstreamField: String { coding.rawValue }
}
