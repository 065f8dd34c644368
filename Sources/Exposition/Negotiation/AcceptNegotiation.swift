/// What to ask the kubelet for, given what the downstream accepts and what the rules in force can be applied to.
///
/// Only for answers that will be rewritten: in pass-through the downstream's `Accept` goes to the kubelet as it is.
package enum AcceptNegotiation {
    /// The `Accept` to send; nil for none.
    ///
    /// As the downstream wrote it, weights and oddities included, so that the kubelet chooses as it would in a direct scrape;
    /// without its protobuf members where the rules can't be applied to protobuf (spec 7.6), as if the scraper had not
    /// offered them. If nothing else is left, text is asked for: a kubelet falls back to it too when it can't serve what
    /// is accepted.
    package static func upstreamAccept(downstream: String?, rewritesProtobuf: Bool) -> String? {
        guard let downstream, !rewritesProtobuf else { return downstream }
        let members = WeightedList(downstream).members
        let others = members.filter { $0.name != "application/vnd.google.protobuf" }
        if others.count == members.count { return downstream }
        return others.isEmpty ? "text/plain;version=0.0.4" : others.map(\.text).joined(separator: ",")
    }
}
