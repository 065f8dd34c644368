import FakeCluster

/// An address goes from one machine to another, or seems to.
extension IdentityScenario {
    private static let old = TrueKubelet("a")
    private static let new = TrueKubelet("b")
    private static let both = [Name("a"), Name("b")]

    static let reuses = [
        IdentityScenario(
            "younger", "Both nodes are Ready, and the dead one is the younger", names: both,
            start: { play in
                try await play.answer(old)
                play.register(old, age: 3600)
                play.register(new)
                play.well(Name("a"))
                play.knows()
            },
            happens: { play in for _ in 0..<3 { try await play.scrapeOn() } }),
        IdentityScenario(
            "rival", "A younger node that is dead turns up at the address of a live one, and goes", names: both,
            start: { play in
                try await play.begin(with: old)
                play.knows()
            },
            happens: { play in
                try await play.scrapeOn()
                play.register(new)
                try await play.scrapeOn()
                play.register(new, ready: .unknown)
                try await play.scrapeOn()
                play.unregister(new)
                try await play.scrapeOn()
            }),
        IdentityScenario(
            "grace", "The address is reused inside the grace period: both are Ready", names: both,
            start: { play in try await play.begin(with: old) },
            happens: { play in
                try await play.scrapeOn()
                play.well()
                play.register(new)
                try await play.answer(new)
                try await play.takeOver(by: new)
                try await play.bury(old)
            }),
        IdentityScenario(
            "unseen", "Both are Ready, and the address goes to the other one: no Node object changes", names: both,
            start: { play in
                try await play.begin(with: old)
                play.register(new)
            },
            happens: { play in
                try await play.scrapeOn()
                play.well()
                try await play.answer(new)
                play.well(Name("b"))
                try await play.scrapeOn()
                try await play.untilOwned(by: "b")
                play.knows()
                try await play.bury(old)
            },
            // The right name is the stale one until a scrape of the wrong one finds out.
            allowed: { _, _ in Allowed(lost: .foundOut) }),
        unregistered("unregistered", "The address is reused before the new node is registered"),
        unregistered(
            "long", "The same with answers that have begun when the evidence comes: they are cut",
            on: [.selfSigned, .plain], bodyBytes: 300_000),
        // Alone, the path never tells anything.
        unregistered(
            "alone", "The same where nothing but /metrics/resource is scraped", paths: ["/metrics/resource"]),
        IdentityScenario(
            "false", "The old node is Ready=False, not Unknown, when its address is reused", names: both,
            start: { play in try await play.begin(with: old) },
            happens: { play in
                try await play.scrapeOn()
                play.well()
                play.register(old, age: 3600, ready: .false)
                try await play.untilOwned(by: nil)
                play.knows()
                try await play.answer(new)
                try await play.scrapeOn()
                try await play.takeOver(by: new)
                play.unregister(old)
                try await play.scrapeOn()
            }),
    ]

    private static func unregistered(
        _ id: String, _ sentence: String, on stages: [EvidenceStage.Kind] = EvidenceStage.Kind.allCases,
        paths: [String] = MarkedBodies.paths, bodyBytes: Int = 4_000
    ) -> IdentityScenario {
        IdentityScenario(
            id, sentence, on: stages, names: both, paths: paths, bodyBytes: bodyBytes,
            start: { play in try await play.begin(with: old) },
            happens: { play in
                try await play.scrapeOn()
                play.well()
                try await play.answer(new)
                try await play.scrapeOn()
                try await play.takeOver(by: new)
                try await play.bury(old)
            })
    }
}
