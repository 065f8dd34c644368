import HTTP

/// What every forwarded answer's head has.
enum AnswerHead {
    /// The kubelet's fields without those that concern its own connection.
    static func copyFields(
        of head: ResponseHead, leavingOut: [FieldName] = [], with writer: inout HeadWriter
    ) {
        let namesFields = head.fields.areNamedByConnection
        writer.copy(head.fields) { field in
            if field.id.isHopByHop || leavingOut.contains(field.id) { return false }
            return !namesFields || !head.fields.isNamedByConnection(field)
        }
    }

    static func end(with writer: inout HeadWriter, _ scrape: ScrapeRecord) {
        writeVerdict(with: &writer, scrape)
        if !scrape.keepsAlive { writer.field("Connection", "close" as StaticString) }
        writer.end()
    }

    /// The connection is a tunnel from here on.
    static func endTunnelHead(with writer: inout HeadWriter, _ scrape: ScrapeRecord) {
        writeVerdict(with: &writer, scrape)
        writer.end()
    }

    private static func writeVerdict(with writer: inout HeadWriter, _ scrape: ScrapeRecord) {
        if scrape.verdict == .forward {
            writer.field("X-Kubelet-Relabel-Proxy-Verdict", "forward; reason=owner" as StaticString)
        } else {
            let verdict = scrape.verdict
            writer.field("X-Kubelet-Relabel-Proxy-Verdict", "\(verdict.word); reason=\(verdict.reason)")
        }
    }
}
