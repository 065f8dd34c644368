import Addressing
import FakeCluster

/// What was really the case, and when: against it the scrapes are judged after the run.
struct GroundTruth: Sendable {
    private(set) var members: [Life]
    private let places: [String: Int]

    /// How long the proxy has to follow what the API told: ten times the 100 ms of spec 4.8, as both may share a busy machine.
    static let settling = 1.0

    /// One member's spans, each open at its end while the last one goes on.
    struct Life: Sendable {
        let member: ScenarioPlan.Member
        var answering = Spans()
        var ready = Spans()
    }

    init(_ plan: ScenarioPlan) {
        members = plan.members.map { Life(member: $0) }
        places = Dictionary(uniqueKeysWithValues: plan.members.enumerated().map { ($1.name, $0) })
        // From before the beginning: what is there from the start has long settled.
        for place in members.indices where members[place].member.isThereFromStart {
            members[place].answering.begin(at: -.infinity)
            members[place].ready.begin(at: -.infinity)
        }
    }

    /// What becomes worse counts from before it was done, what becomes better from after.
    mutating func note(_ event: ScenarioPlan.Event, from before: Double, to after: Double) {
        switch event {
        case .kubeletStops(let place), .hangs(let place): members[place].answering.end(at: before)
        case .kubeletStarts(let place), .recovers(let place): members[place].answering.begin(at: after)
        case .registers(let place), .turns(let place, .true): members[place].ready.begin(at: after)
        case .turns(let place, _), .isDeleted(let place): members[place].ready.end(at: before)
        case .answersSlowly, .apiLeaves, .apiReturns: break
        }
    }

    /// Whether a scrape was one of a healthy owner: made in the name of the node whose kubelet answers at that address, which is
    /// Ready, and all this for long enough.
    func isHealthyOwner(_ target: ScrapeTarget, from start: Double, to end: Double) -> Bool {
        guard let place = places[target.node] else { return false }
        let life = members[place]
        return life.member.port == target.address.port && life.member.addresses.contains(target.address.ip)
            && life.answering.cover(from: start - Self.settling, to: end)
            && life.ready.cover(from: start - Self.settling, to: end)
    }
}

/// Spans of time, in order.
struct Spans: Sendable {
    private var spans: [(begin: Double, end: Double)] = []

    mutating func begin(at moment: Double) {
        if let last = spans.last, last.end == .infinity { return }
        spans.append((moment, .infinity))
    }

    mutating func end(at moment: Double) {
        guard let last = spans.indices.last, spans[last].end == .infinity else { return }
        spans[last].end = moment
    }

    func cover(from start: Double, to end: Double) -> Bool { spans.contains { $0.begin <= start && end <= $0.end } }
}
