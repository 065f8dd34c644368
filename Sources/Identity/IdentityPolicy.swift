/// What the configuration says about identities: `nodes`, `claims.missing` and `upstream.ports`.
package struct IdentityPolicy: Sendable, Equatable {
    /// Who owns a key that no Ready node claims (spec 4.4, rule 3).
    package enum NotReady: Sendable {
        /// Nobody.
        case drop
        /// The only claimant, if its Ready is `False`: its kubelet still reports.
        case sole
    }

    /// What becomes of a scrape that names no node (spec 3.4).
    package enum MissingClaim: Sendable {
        /// Forwarded while one node claims the key, dropped while several do.
        case dropAmbiguous
        /// Forwarded to the owner, always.
        case forward
        /// Dropped, always.
        case drop
    }

    /// What may be scraped on a node (spec 11.3).
    package struct Ports: Sendable, Equatable {
        /// The port that the Node object reports.
        package var kubelet: Bool
        /// Further ports, the same on every node, such as the read-only port 10255.
        package var others: Set<UInt16>

        package init(kubelet: Bool = true, others: Set<UInt16> = []) {
            self.kubelet = kubelet
            self.others = others
        }
    }

    package var notReady: NotReady
    package var missingClaim: MissingClaim
    package var ports: Ports
    package var allowLoopback: Bool
    /// What kubelets show of themselves counts (`verify_identity` is not `off`).
    package var checksEvidence: Bool
    /// No address of a node is dialled (`via: api_server`), so every one of them counts as usable (spec 8.3).
    package var neverDials: Bool
    /// How old a table may grow while its source is away. Nil: any age (spec 4.6).
    package var maxStaleness: Duration?

    package init(
        notReady: NotReady = .drop, missingClaim: MissingClaim = .dropAmbiguous, ports: Ports = Ports(),
        allowLoopback: Bool = false, neverDials: Bool = false, maxStaleness: Duration? = nil,
        checksEvidence: Bool = true
    ) {
        self.notReady = notReady
        self.missingClaim = missingClaim
        self.ports = ports
        self.allowLoopback = allowLoopback
        self.neverDials = neverDials
        self.maxStaleness = maxStaleness
        self.checksEvidence = checksEvidence
    }
}
