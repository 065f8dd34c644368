import FakeCluster

/// Certificates that are renewed, or for something else than their kubelet.
extension IdentityScenario {
    private static let node = TrueKubelet("a")
    private static let withTLS: [EvidenceStage.Kind] = [.issued, .selfSigned, .selfSignedRequire]

    static let certificates = [
        IdentityScenario(
            "host", "The host in the certificate is not the node's name, and then the address is reused",
            on: [.selfSigned, .selfSignedRequire], names: [Name("a"), Name("b")],
            start: { play in try await play.begin(with: node, showing: .host("ip-10-0-0-7")) },
            happens: { play in
                try await play.scrapeOn()
                try await play.rotate(to: node, showing: .host("ip-10-0-0-7"))
                play.well()
                let next = TrueKubelet("b")
                try await play.answer(next, showing: .host("ip-10-0-0-8"))
                try await play.scrapeOn()
                try await play.takeOver(by: next)
                try await play.scrapeOn()
            }),
        IdentityScenario(
            "wrong-cn", "The certificate is for another node, and is put right", on: withTLS,
            names: [Name("a"), Name("x"), Name("x", at: 1)],
            start: { play in
                play.register(TrueKubelet("x"), at: 1, ready: .unknown)
                try await play.answer(node, showing: .node("x"))
                play.register(node)
                try await play.untilOwned(by: "a")
            },
            happens: { play in
                try await play.scrapeOn()
                try await play.rotate(to: node)
                play.well(Name("a"))
                try await play.scrapeOn()
                play.well()
                try await play.rotate(to: node, showing: .node("x"))
                try await play.rotate(to: node)
                play.well(Name("a"))
                try await play.scrapeOn()
            }),
        IdentityScenario(
            "rotation", "Certificates are rotated", on: withTLS, names: [Name("a")],
            start: { play in try await play.begin(with: node) },
            happens: { play in
                for _ in 0..<3 { try await play.rotate(to: node) }
                try await play.scrapeOn()
            }),
    ]
}
