/// What a Prometheus would have in storage after a scenario, held against what was the case (spec 15.2): every sample carries
/// the identity of the kubelet that made it, none is doubled, and no scrape of a healthy owner was lost.
struct StorageModel {
    private let truth: GroundTruth
    /// Seconds between the scrapes of a target, by path.
    private let intervals: [String: Double]
    /// Samples of a whole answer, by path.
    private let wholeSamples: [String: Int]
    /// By the same clock as the records.
    private let lag: HarnessLag
    private var streams: [StreamKey: Stream] = [:]
    private(set) var findings = Findings()

    /// A kubelet's samples of one path: what storage may hold once.
    private struct StreamKey: Hashable {
        let kubelet: Int
        let path: String
    }

    /// What of a stream counts as due, and what came beside it.
    private struct Stream {
        var last: Stored
        /// Of other targets under the same name, since then: doubles if the first target goes on.
        var beside: [Stored] = []
    }

    private struct Stored {
        let time: Double
        let number: Int
        let target: ScrapeTarget
        let node: String
        let samples: Int
    }

    struct Findings: Sendable {
        var scrapes = 0
        var samples = 0
        var wrongIdentitySamples = 0
        var doubledSamples = 0
        var lostScrapes = 0
        var violations = ViolationList()
    }

    init(
        truth: GroundTruth, intervals: [String: Double], wholeSamples: [String: Int], lag: HarnessLag = HarnessLag()
    ) {
        self.lag = lag
        self.truth = truth
        self.intervals = intervals
        self.wholeSamples = wholeSamples
    }

    static func judge(
        _ ledger: ScrapeLedger, truth: GroundTruth, intervals: [String: Double], wholeSamples: [String: Int]
    ) -> Findings {
        var model = StorageModel(
            truth: truth, intervals: intervals, wholeSamples: wholeSamples, lag: ledger.lag)
        for record in ledger.records.sorted(by: { $0.start < $1.start }) {
            model.add(record, of: ledger.targets[record.target])
        }
        return model.findings
    }

    /// - Parameter record: none that started before the one added last.
    mutating func add(_ record: ScrapeRecord, of target: ScrapeTarget) {
        findings.scrapes += 1
        if case .stored(let body) = record.outcome { store(body, record, target) }
        guard truth.isHealthyOwner(target, from: record.start, to: record.end) else { return }
        guard let loss = loss(record.outcome, target) else { return }
        findings.lostScrapes += 1
        findings.violations.add(
            .lost, target, at: record.start, count: 1,
            detail: loss + lag.excuse(from: record.start, to: record.end))
    }

    private func loss(_ outcome: ScrapeOutcome, _ target: ScrapeTarget) -> String? {
        switch outcome {
        case .refused(let status, let reason): "answered \(status) \(reason)"
        case .failed(let why): why
        case .stored(let body):
            wholeSamples[target.path].flatMap { whole in
                body.samples < whole ? "short answer: \(body.samples) of \(whole) samples" : nil
            }
        }
    }

    private mutating func store(_ body: StoredBody, _ record: ScrapeRecord, _ target: ScrapeTarget) {
        findings.samples += body.samples
        guard let kubelet = body.kubelet else {
            findings.wrongIdentitySamples += body.samples
            let detail = "the body does not say, with one voice, which kubelet made it"
            findings.violations.add(.wrongIdentity, target, at: record.start, count: body.samples, detail: detail)
            return
        }
        let owner = truth.members[kubelet].member.name
        let names = Self.names(of: body, target)
        for (node, samples) in names where node != owner && samples > 0 {
            findings.wrongIdentitySamples += samples
            let detail = "made by the kubelet of \(owner), stored as \(node)"
            findings.violations.add(.wrongIdentity, target, at: record.start, count: samples, detail: detail)
        }
        let stored = Stored(
            time: record.start, number: record.target, target: target, node: names.first?.node ?? target.node,
            samples: body.samples)
        findDouble(stored, key: StreamKey(kubelet: kubelet, path: target.path))
    }

    /// Under which names its samples are stored.
    private static func names(of body: StoredBody, _ target: ScrapeTarget) -> [(node: String, samples: Int)] {
        guard let stamp = body.stamp else { return [(target.node, body.samples)] }
        return [(stamp.node, stamp.samples), (target.node, body.samples - stamp.samples)]
    }

    /// Doubled is what another target stores under another name within one interval, and what another one stores under the same
    /// name while the first one goes on. One target that follows another is neither.
    private mutating func findDouble(_ new: Stored, key: StreamKey) {
        guard var stream = streams[key] else {
            streams[key] = Stream(last: new)
            return
        }
        let interval = intervals[key.path] ?? 0
        let age = new.time - stream.last.time
        if new.number == stream.last.number {
            for twin in stream.beside { double(twin, of: key.kubelet, "two targets store its samples by turns") }
            stream = Stream(last: new)
        } else if new.node != stream.last.node, age < interval {
            double(new, of: key.kubelet, "its samples were stored as \(stream.last.node) within the same interval")
        } else if new.node == stream.last.node, age < 1.5 * interval {
            stream.beside.append(new)
        } else {
            stream = Stream(last: new)
        }
        streams[key] = stream
    }

    private mutating func double(_ twin: Stored, of kubelet: Int, _ why: String) {
        findings.doubledSamples += twin.samples
        let detail = "made by the kubelet of \(truth.members[kubelet].member.name), stored as \(twin.node): \(why)"
        findings.violations.add(.doubled, twin.target, at: twin.time, count: twin.samples, detail: detail)
    }
}
