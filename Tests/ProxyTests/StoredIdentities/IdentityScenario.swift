import Testing

/// What happens to the nodes of some addresses while a Prometheus scrapes them, and what that may cost.
struct IdentityScenario: Sendable {
    /// Begins the names of its Nodes.
    let id: String
    let sentence: String
    let stages: [EvidenceStage.Kind]
    /// Prometheus has a target for each, all the time.
    let names: [Name]
    let paths: [String]
    /// About how long `/metrics` and `/metrics/cadvisor` are. Short answers can still become a 421; long ones are cut.
    let bodyBytes: Int
    /// What is not prevented, by stage and path.
    let allowed: @Sendable (EvidenceStage.Kind, String) -> Allowed
    /// Before Prometheus begins.
    let start: @Sendable (IdentityPlay) async throws -> Void
    let happens: @Sendable (IdentityPlay) async throws -> Void

    /// A node's name, with a UID where the claim has one, and which of the addresses is scraped.
    struct Name: Hashable, Sendable {
        let node: String
        var uid = ""
        var place = 0

        init(_ node: String, uid: String = "", at place: Int = 0) {
            (self.node, self.uid, self.place) = (node, uid, place)
        }
    }

    /// What may happen to scrapes of a path, and until when.
    struct Allowed: Sendable {
        /// Stored under a wrong name.
        var wrong = Until.never
        /// Not stored though their node is well.
        var lost = Until.never

        enum Until: Sendable {
            case never
            /// Until a scrape of the first name was refused, on a path that brings evidence: those that began before have come
            /// too early, itself included.
            case foundOut
        }
    }

    init(
        _ id: String, _ sentence: String, on stages: [EvidenceStage.Kind] = EvidenceStage.Kind.allCases,
        names: [Name], paths: [String] = MarkedBodies.paths, bodyBytes: Int = 4_000,
        start: @escaping @Sendable (IdentityPlay) async throws -> Void,
        happens: @escaping @Sendable (IdentityPlay) async throws -> Void,
        allowed: @escaping @Sendable (EvidenceStage.Kind, String) -> Allowed = { _, _ in Allowed() }
    ) {
        (self.id, self.sentence, self.stages) = (id, sentence, stages)
        (self.names, self.paths, self.bodyBytes) = (names, paths, bodyBytes)
        (self.allowed, self.start, self.happens) = (allowed, start, happens)
    }

    var placeCount: Int { (names.map(\.place).max() ?? 0) + 1 }

    static let all = reuses + sameMachines + certificates
}
