/// Machines whose names, UIDs or ids change, are shared or are not told.
extension IdentityScenario {
    private static let node = TrueKubelet("a")

    static let sameMachines = [
        renamed, anewRegistered, cloned, clonedWhole, nameless, namelessReuse, namelessClone, namelessRequire, replaced,
    ]

    private static let renamed = IdentityScenario(
        "renamed", "The kubelet is restarted under a new name", names: [Name("a"), Name("b")],
        start: { play in try await play.begin(with: node) },
        happens: { play in
            let renamed = TrueKubelet("b", machine: "a")
            try await play.scrapeOn()
            play.well()
            // What it made for itself it keeps.
            try await play.answer(renamed, showing: play.stage.kind.port == .selfSigned ? .same : .itself)
            try await play.scrapeOn()
            try await play.scrapeOn()
            try await play.takeOver(by: renamed)
            try await play.bury(node)
        })

    private static let anewRegistered = IdentityScenario(
        "anew", "The same machine registers anew, with another UID",
        names: [Name("a"), Name("a", uid: "uid-1"), Name("a", uid: "uid-2")],
        start: { play in
            var first = node
            first.uid = "uid-1"
            try await play.begin(with: first)
            play.well(Name("a"), Name("a", uid: "uid-1"))
        },
        happens: { play in
            var (first, second) = (node, node)
            (first.uid, second.uid) = ("uid-1", "uid-2")
            try await play.scrapeOn()
            play.well()
            play.unregister(first)
            try await play.untilOwned(by: nil)
            try await play.answer(second, showing: play.stage.kind.port == .selfSigned ? .same : .itself)
            try await play.scrapeOn()
            play.register(second)
            try await play.untilOwned(by: "a")
            play.well(Name("a"), Name("a", uid: "uid-2"))
            try await play.scrapeOn()
            try await play.scrapeOn()
        })

    // MARK: Ids that are shared, or not told

    private static let clone = TrueKubelet("b", machine: "a")

    private static let cloned = cloning("cloned", "A clone with the same machine-id joins", showing: .itself)

    private static let clonedWhole = cloning(
        "whole", "A clone with the same machine-id and the same certificate joins",
        on: [.selfSigned, .selfSignedRequire], showing: .same)

    private static func cloning(
        _ id: String, _ sentence: String, on stages: [EvidenceStage.Kind] = EvidenceStage.Kind.allCases,
        showing shown: IdentityPlay.Shown
    ) -> IdentityScenario {
        IdentityScenario(
            id, sentence, on: stages, names: [Name("a"), Name("b", at: 1)],
            start: { play in try await play.begin(with: node) },
            happens: { play in
                try await play.scrapeOn()
                if case .same = shown { play.lendCertificate(from: 0, to: 1) }
                try await play.answer(clone, at: 1, showing: shown)
                play.register(clone, at: 1)
                try await play.untilOwned(by: "b", at: 1)
                play.well(Name("a"), Name("b", at: 1))
                try await play.scrapeOn()
                try await play.scrapeOn()
                // The first one again, now that its ids tell nothing.
                play.well(Name("b", at: 1))
                try await play.answer(node, showing: .same)
                play.well(Name("a"), Name("b", at: 1))
                try await play.scrapeOn()
                try await play.scrapeOn()
            })
    }

    /// Under `require` old kubelets can prove themselves by their certificates or ids alone.
    private static let opportunistic: [EvidenceStage.Kind] = [.issued, .selfSigned, .plain]

    private static func withoutName(_ name: String) -> TrueKubelet {
        var kubelet = TrueKubelet(name)
        kubelet.namesItself = false
        return kubelet
    }

    private static let nameless = IdentityScenario(
        "nameless", "Old kubelets that don't name themselves", on: opportunistic, names: [Name("a")],
        start: { play in try await play.begin(with: withoutName("a"), showing: .host("ip-10-0-0-5")) },
        happens: { play in
            for _ in 0..<2 {
                try await play.scrapeOn()
                play.well()
                try await play.answer(withoutName("a"), showing: .host("ip-10-0-0-5"))
                play.well(Name("a"))
            }
            try await play.scrapeOn()
        })

    private static let namelessReuse = reusing(
        "nameless-reuse", "The address of an old kubelet is reused by another one before that is registered",
        on: opportunistic)

    private static let namelessClone = reusing(
        "nameless-clone", "The same, and both have the certificate of the image that they were made of",
        on: [.selfSigned], showing: .host("image"), then: .same)

    /// Asked in vain for its name, it is proved by its ids.
    private static let namelessRequire = reusing(
        "nameless-require", "The same under require, on the path that tells", on: [.plainRequire, .selfSignedRequire],
        paths: ["/metrics/cadvisor"])

    private static func reusing(
        _ id: String, _ sentence: String, on stages: [EvidenceStage.Kind],
        showing shown: IdentityPlay.Shown = .itself, then next: IdentityPlay.Shown = .itself,
        paths: [String] = MarkedBodies.paths
    ) -> IdentityScenario {
        IdentityScenario(
            id, sentence, on: stages, names: [Name("a"), Name("b")], paths: paths,
            start: { play in try await play.begin(with: withoutName("a"), showing: shown) },
            happens: { play in
                try await play.scrapeOn()
                play.well()
                try await play.answer(withoutName("b"), showing: next)
                try await play.scrapeOn()
                try await play.takeOver(by: withoutName("b"))
                try await play.bury(withoutName("a"))
            },
            // /metrics/cadvisor alone tells, and there is no name to ask for (spec 6.1).
            allowed: { stage, path in
                Allowed(wrong: stage != .issued && path != "/metrics/cadvisor" ? .foundOut : .never)
            })
    }

    private static let replaced = IdentityScenario(
        "replaced", "A machine is replaced under the same name; the Node object learns the new ids later",
        names: [Name("a")],
        start: { play in try await play.begin(with: node) },
        happens: { play in
            let next = TrueKubelet("a", machine: "next")
            try await play.scrapeOn()
            play.well()
            try await play.answer(next)
            play.well(Name("a"))
            try await play.scrapeOn()
            play.register(next)
            try await play.scrapeOn()
            try await play.scrapeOn()
        },
        // Ids that contradict are overruled by the name, but a connection that ends with them can't be asked for it: of fresh ones
        // the scrape that finds out may be lost. `require` asks first.
        allowed: { stage, _ in Allowed(lost: stage == .selfSigned || stage == .plain ? .foundOut : .never) })
}
