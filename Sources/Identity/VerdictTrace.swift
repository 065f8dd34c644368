import Addressing
import Discovery

/// A verdict and how it came about: what `explain` prints (spec 12.1, 13).
package struct VerdictTrace: Sendable {
    package let verdict: IdentityVerdict
    /// Who claims the key; empty where it is no node's.
    package let claimants: [KnownNode]
    /// Nil where there is no single key to own.
    package let ownership: Ownership?

    package init(_ verdict: IdentityVerdict) {
        self.verdict = verdict
        claimants = verdict.key.map { Array($0.claimants) } ?? []
        ownership = verdict.isSharedPort ? nil : verdict.key?.ownership
    }

    /// Several lines.
    ///
    /// - Parameters:
    ///   - now: Unix seconds.
    ///   - claimParameter: `claims.parameter`.
    package func text(at now: Int64, claimParameter: String = "node") -> String {
        var lines = [
            "\(verdict.decision.rawValue); reason=\(verdict.reason.rawValue)",
            verdict.explanation(at: now, claimsBy: .parameter(claimParameter)),
            "claim: \(claimFact)",
            "address: \(addressFact)",
        ]
        let rivalry = verdict.key?.rivalry
        lines += claimants.map { "claimant: \(Self.fact(of: $0, lease: rivalry?.lease(of: $0), now: now))" }
        lines += ownershipFact.map { ["owner: \($0)"] } ?? []
        lines += evidenceFact.map { ["evidence: \($0)"] } ?? []
        return lines.joined(separator: "\n")
    }

    private var claimFact: String {
        guard !verdict.claim.isNone else { return "none" }
        let uid = verdict.claim.uid.map { " UID \(ReasonPhrase.printable($0))" } ?? ""
        guard let name = verdict.claim.node.map(ReasonPhrase.printable) else { return "any node with\(uid)" }
        guard let node = verdict.claimed else { return "\(name)\(uid), no known node" }
        return name == node.name ? "\(name)\(uid)" : "\(name)\(uid), an address of \(node.name)"
    }

    private var addressFact: String {
        guard let address = verdict.address else { return "none" }
        switch (claimants.isEmpty, verdict.portRole) {
        case (true, _): return "\(address)"
        case (false, .kubelet): return "\(address), a kubelet's own port"
        case (false, .other): return "\(address), no kubelet's own port"
        }
    }

    private var ownershipFact: String? {
        ownership.map(\.ground)
    }

    /// Nil where evidence has nothing to say beyond what each connection shows.
    private var evidenceFact: String? {
        guard !verdict.isSharedPort, let key = verdict.key else { return nil }
        if key.demand == .inquiry { return "several claimants are Ready, the kubelet was not asked yet" }
        switch key.learned?.lesson {
        case .refuted(let refutation):
            let shown = refutation.shown.map { " (\(ReasonPhrase.printable($0)))" } ?? ""
            return "\(refutation.kind.rawValue)\(shown) contradicts \(refutation.owner): it must prove itself"
        case .undecided: return "the kubelet was asked and does not tell the claimants apart"
        case .answerer(let name, let kind): return "\(kind.rawValue) shows \(name)"
        case nil: return nil
        }
    }

    private static func fact(of node: KnownNode, lease: NodeLease?, now: Int64) -> String {
        let status =
            switch node.node.ready.status {
            case .true: "Ready=True"
            case .false: "Ready=False"
            case .unknown: "Ready=Unknown"
            case .missing: "no Ready condition"
            }
        let since = node.node.ready.lastTransition.map { " since \(UTCTime.text(of: $0, now: now))" } ?? ""
        let created = node.node.createdAt.map { ", created \(UTCTime.text(of: $0, now: now))" } ?? ""
        let renewed = lease.map { ", lease renewed \(UTCTime.text(of: $0.renewedAt, now: now))" } ?? ""
        return "\(node.name), \(status)\(since)\(created)\(renewed)" + (node.isBeingDeleted ? ", being deleted" : "")
    }
}

extension IdentityStore {
    /// The verdict for a scrape, with what led to it.
    package func explain(_ claim: NodeClaim, at destination: ScrapeDestination) -> VerdictTrace {
        VerdictTrace(verdict(for: claim, at: destination))
    }
}
