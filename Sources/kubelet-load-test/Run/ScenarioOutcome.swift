/// What came of one scenario, as the JSON has it (spec 15.2).
struct ScenarioOutcome: Codable, Sendable {
    var scenario: String
    var passed: Bool
    /// Sentences: what, for which target, when.
    var violations: [String]
    var scrapes: Int
    var samples: Int
    var wrongIdentitySamples: Int
    var doubledSamples: Int
    var lostScrapes: Int
    /// Of scrapes that were stored.
    var latencySeconds: Latency
    /// Nil without a proxy, or where it is no process of this machine.
    var proxy: ProxyCost?
    /// What was run, so that a report can say so.
    var run: Run
    /// Answers that were no samples, by status, and those that failed.
    var refused: [String: Int]
    var failed: Int
    var timeline: [Second]

    struct Latency: Codable, Sendable {
        var p50: Double
        var p99: Double
        var p999: Double
    }

    struct ProxyCost: Codable, Sendable {
        var cpuSeconds: Double
        /// The most it had resident.
        var rssBytes: Int
    }

    struct Run: Codable, Sendable {
        var targets: Int
        var intervalSeconds: Double
        var durationSeconds: Double
        var seed: UInt64
        /// `proxy` or `direct`.
        var route: String
    }

    struct Second: Codable, Sendable {
        /// Since the scenario began.
        var second: Int
        var stored: Int
        var refused: Int
        var failed: Int
        /// Seconds; nil where nothing was stored.
        var p50: Double?
        var p99: Double?
    }

    init(
        _ scenario: ScenarioName, _ ledger: ScrapeLedger, _ findings: StorageModel.Findings, _ run: Run,
        proxy: ProxyCost?
    ) {
        self.scenario = scenario.rawValue
        self.run = run
        self.proxy = proxy
        passed = findings.violations.isEmpty
        violations = findings.violations.sentences
        scrapes = findings.scrapes
        samples = findings.samples
        wrongIdentitySamples = findings.wrongIdentitySamples
        doubledSamples = findings.doubledSamples
        lostScrapes = findings.lostScrapes
        var all = ScrapeProgress()
        var seconds: [Int: ScrapeProgress] = [:]
        for record in ledger.records {
            all.add(record.outcome, seconds: record.end - record.start)
            seconds[Int(record.start), default: ScrapeProgress()].add(
                record.outcome, seconds: record.end - record.start)
        }
        latencySeconds = Latency(
            p50: all.seconds.percentile(0.5) ?? 0, p99: all.seconds.percentile(0.99) ?? 0,
            p999: all.seconds.percentile(0.999) ?? 0)
        refused = Dictionary(uniqueKeysWithValues: all.refused.map { ("\($0)", $1) })
        failed = all.failed
        timeline = seconds.sorted { $0.key < $1.key }.map { second, found in
            Second(
                second: second, stored: found.stored, refused: found.refused.values.reduce(0, +), failed: found.failed,
                p50: found.seconds.percentile(0.5), p99: found.seconds.percentile(0.99))
        }
    }
}
