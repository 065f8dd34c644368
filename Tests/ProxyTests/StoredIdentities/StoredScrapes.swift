import Foundation

/// What a Prometheus has stored of its targets, scrape by scrape. All samples of a scrape bear the same moment.
struct StoredScrapes: Sendable {
    /// Of all targets, in milliseconds.
    static let interval = 500
    static let timeout = 500

    /// A target, by the labels that tell it from others.
    struct Target: Hashable, Sendable {
        let job: String
        let instance: String
        let node: String
        /// Empty where the claim names none.
        let uid: String

        init(job: String, instance: String, node: String, uid: String) {
            (self.job, self.instance, self.node, self.uid) = (job, instance, node, uid)
        }

        fileprivate init(_ labels: [String: String]) {
            (job, instance) = (labels["job"] ?? "", labels["instance"] ?? "")
            (node, uid) = (labels["node"] ?? "", labels["uid"] ?? "")
        }
    }

    /// One that Prometheus made, well or not.
    struct Scrape: Sendable {
        /// Unix milliseconds at which it began.
        let moment: Int
        fileprivate(set) var milliseconds = 0
        fileprivate(set) var samples = 0
        /// `NAME UID` of the kubelets that made it, as the samples themselves tell.
        fileprivate(set) var makers: [String] = []
        /// In which format that was told.
        fileprivate(set) var format = ""
        /// What it says of itself in `kubelet_node_name`.
        fileprivate(set) var names: [String] = []

        var end: Int { moment + milliseconds }

        /// Prometheus moves a scrape's moment by up to 2 ms to where it is due.
        func began(after other: Int) -> Bool { moment > other + 2 }

        /// It ran out of time, or so did what the proxy asks of its own accord, which has half of it.
        var isLate: Bool { makers.isEmpty && milliseconds >= (timeout - EvidenceStage.timeoutOffset) / 2 - 10 }

        func isWrong(for target: Target) -> Bool { !makers.isEmpty && !isRight(for: target) }

        /// Whether every sample is from the kubelet that the target names.
        func isRight(for target: Target) -> Bool {
            guard makers.count == 1, names.allSatisfy({ $0 == target.node }) else { return false }
            let maker = makers[0].split(separator: " ", omittingEmptySubsequences: false)
            return maker[0] == target.node && (target.uid.isEmpty || maker[1] == target.uid)
        }
    }

    private var targets: [Target: [Int: Scrape]] = [:]
    private var storedSamples: [Target: Int] = [:]

    /// - Parameter moment: Unix seconds; what began later is left out.
    static func read(from prometheus: RunningPrometheus, until moment: Double) async throws -> StoredScrapes {
        var stored = StoredScrapes()
        func series(_ metric: String) async throws -> [StoredRange] {
            try await prometheus.samples("\(metric)[5m]", at: moment)
        }
        stored.take(try await series("scrape_duration_seconds")) { scrape, _, seconds in
            scrape.milliseconds = Int((seconds * 1000).rounded(.up))
        }
        stored.take(try await series("scrape_samples_post_metric_relabeling")) { scrape, _, count in
            scrape.samples = Int(count)
        }
        stored.take(try await series(MarkedBodies.family)) { scrape, labels, _ in
            scrape.makers.append("\(labels["name"] ?? "") \(labels["node_uid"] ?? "")")
            scrape.format = labels["format"] ?? ""
        }
        stored.take(try await series("kubelet_node_name")) { scrape, labels, _ in
            // The target's own label has taken the place of the kubelet's.
            scrape.names.append(labels["exported_node"] ?? "")
        }
        for sum in try await countOfAll(in: prometheus, at: moment) {
            stored.storedSamples[Target(sum.labels)] = Int(sum.value)
        }
        return stored
    }

    /// The samples of each target, whatever their names, without those that Prometheus makes itself.
    private static func countOfAll(
        in prometheus: RunningPrometheus, at moment: Double
    ) async throws -> [StoredSeries] {
        let selector = "{job=~\".+\",__name__!~\"up|scrape_.*\"}"
        let found = try await prometheus.query("group by (__name__) (last_over_time(\(selector)[5m]))", at: moment)
        // A function over a range takes the name away, and series of two names must not become one.
        let counts = found.compactMap { $0.labels["__name__"] }.map {
            "label_replace(count_over_time(\($0)[5m]), \"metric\", \"\($0)\", \"\", \"\")"
        }
        return try await prometheus.query(
            "sum by (job,instance,node,uid) (\(counts.joined(separator: " or ")))", at: moment)
    }

    private mutating func take(_ found: [StoredRange], _ put: (inout Scrape, [String: String], Double) -> Void) {
        for series in found {
            let target = Target(series.labels)
            for (moment, value) in zip(series.moments, series.values) {
                let key = Int((moment * 1000).rounded())
                var scrape = targets[target]?[key] ?? Scrape(moment: key)
                put(&scrape, series.labels, value)
                targets[target, default: [:]][key] = scrape
            }
        }
    }

    /// In the order of time.
    func scrapes(of target: Target) -> [Scrape] {
        targets[target, default: [:]].values.sorted { $0.moment < $1.moment }
    }

    /// Samples of all its scrapes together.
    func sampleCount(of target: Target) -> Int { storedSamples[target] ?? 0 }
}
