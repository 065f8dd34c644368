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
    var proxy: ProcessCost?
    /// The process that plays kubelets, API server and scraper, and how late it was.
    var harness: Harness
    /// The same scenario without the proxy, where that was asked for.
    var direct: Direct?
    /// Sentences: what is to be known of these figures.
    var notices: [String]
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

    /// While latencies were measured.
    struct ProcessCost: Codable, Sendable {
        var cpuSeconds: Double
        /// CPU seconds in a second.
        var cpuCores: Double
        /// The most it ever had resident.
        var rssBytes: Int
    }

    struct Harness: Codable, Sendable {
        var cpuCores: Double
        var lagSeconds: Lag

        /// By how much it began scrapes late, or left kubelets without time.
        struct Lag: Codable, Sendable {
            var p50: Double
            var p99: Double
            var most: Double
        }
    }

    struct Direct: Codable, Sendable {
        var scrapes: Int
        var lostScrapes: Int
        var latencySeconds: Latency
        var harness: Harness
    }

    struct Run: Codable, Sendable {
        var targets: Int
        var intervalSeconds: Double
        var cadvisorIntervalSeconds: Double
        var bodyBytes: Int
        var cadvisorBytes: Int
        var durationSeconds: Double
        /// What came before that is judged, and not timed.
        var warmUpSeconds: Double
        var seed: UInt64
        /// `proxy`, `intercepted` or `direct`.
        var route: String
        /// What the user calls this kind of run: a curve of its own among others.
        var label: String
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
        proxy: ProcessCost?, harness: Harness, notices: [String] = []
    ) {
        self.scenario = scenario.rawValue
        self.run = run
        self.proxy = proxy
        self.harness = harness
        self.notices = notices
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
            if record.start >= run.warmUpSeconds { all.add(record.outcome, seconds: record.end - record.start) }
            // The last second of all is not a whole one.
            guard record.start < run.durationSeconds else { continue }
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

extension ScenarioOutcome {
    /// - Parameter without: the same scenario without the proxy.
    mutating func compare(with without: ScenarioOutcome) {
        direct = Direct(
            scrapes: without.scrapes, lostScrapes: without.lostScrapes, latencySeconds: without.latencySeconds,
            harness: without.harness)
        notices += without.notices.map { "without the proxy: \($0)" }
    }
}
