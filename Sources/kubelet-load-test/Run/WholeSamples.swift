import FakeCluster

/// How many samples a whole answer has, by path: all kubelets of a fleet serve the same but for their identity.
enum WholeSamples {
    static func served(by corpus: MetricsCorpus) -> [String: Int] {
        let identity = KubeletIdentity(FakeNode("any", address: "127.0.0.1"))
        return Dictionary(
            uniqueKeysWithValues: MetricsCorpus.paths.compactMap { path in
                corpus.body(path, for: identity).map { (path, BodyFacts($0.plain.joined).samples) }
            })
    }

    /// Where a proxy's rules drop samples: what most answers had.
    static func usual(in ledger: ScrapeLedger) -> [String: Int] {
        var counts: [String: [Int: Int]] = [:]
        for record in ledger.records {
            guard case .stored(let body) = record.outcome else { continue }
            counts[ledger.targets[record.target].path, default: [:]][body.samples, default: 0] += 1
        }
        return counts.compactMapValues { $0.max { ($0.value, $0.key) < ($1.value, $1.key) }?.key }
    }
}
