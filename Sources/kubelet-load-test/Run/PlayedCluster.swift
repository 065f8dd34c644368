import Addressing
import FakeCluster
import Glibc

/// The fake cluster while one scenario is played on it.
actor PlayedCluster {
    private let cluster: FakeCluster
    private let plan: ScenarioPlan
    private let corpus: MetricsCorpus
    private var nodes: [Int: FakeNode] = [:] { didSet { version += 1 } }
    /// Grows with each change of nodes: whoever knows this one need not ask again.
    private(set) var version = 0
    private var kubelets: [Int: [FakeKubelet]] = [:]
    private var identities: [Int: KubeletPort] = [:]
    private(set) var truth: GroundTruth
    /// Bytes of the longest compressed body; all kubelets have the same.
    private lazy var longestAnswer =
        MetricsCorpus.paths.compactMap { path in
            corpus.body(path, for: KubeletIdentity(FakeNode("any", address: "127.0.0.1")))?.gzip.count
        }.max() ?? 0

    init(_ plan: ScenarioPlan, on cluster: FakeCluster, corpus: MetricsCorpus) {
        self.plan = plan
        self.cluster = cluster
        self.corpus = corpus
        truth = GroundTruth(plan)
    }

    /// What discovery finds now: each node at its first address, as Prometheus' `role: node` and its Operator have it.
    var discovered: [(node: String, address: SocketAddress, instance: String)] {
        nodes.keys.sorted().map { place in
            let member = plan.members[place]
            let host = member.spelling[0].contains(":") ? "[\(member.spelling[0])]" : member.spelling[0]
            return (
                member.name, SocketAddress(member.addresses[0], port: member.port), "\(host):\(member.port)"
            )
        }
    }

    // MARK: Beginning and end

    /// Starts who is there from the start. Certificates are made beforehand, for all who will come: a kubelet has its own long
    /// before it is scraped.
    func assemble() async throws {
        try await makeCertificates()
        let early = plan.members.indices.filter { plan.members[$0].isThereFromStart }
        for place in early {
            try await startKubelet(place)
            nodes[place] = node(place, age: 3600)
        }
        cluster.apiServer.put(early.compactMap { nodes[$0] })
        renewLeases(of: early)
    }

    /// Leaves the API server empty and the addresses free for the next scenario.
    func disband() async {
        for (_, listening) in kubelets { for kubelet in listening { await kubelet.stop(keepsPort: false) } }
        kubelets = [:]
        let (nodes, leases) = (Array(nodes.values), plan.members.map(\.name))
        cluster.apiServer.change { state in
            for node in nodes { state.delete(node) }
            for name in leases { state.delete(FakeLease(name, renewedAt: 0)) }
        }
    }

    private func makeCertificates() async throws {
        let authority = cluster.authority
        let members = plan.members
        identities = try await withThrowingTaskGroup(of: [(Int, KubeletPort)].self) { group in
            let share = max(1, members.count / 8)
            for start in stride(from: 0, to: members.count, by: share) {
                group.addTask {
                    try members.indices[start..<min(start + share, members.count)].map { place in
                        let member = members[place]
                        let certificate = try authority.issue(
                            .kubelet(node: member.name, addresses: member.addresses))
                        return (place, KubeletPort.certificate(certificate.identity))
                    }
                }
            }
            var made: [Int: KubeletPort] = [:]
            for try await part in group { for (place, port) in part { made[place] = port } }
            return made
        }
    }

    /// As many as make a Node object about the 15 KB of spec 14.5.
    private static let images = 45

    private func node(_ place: Int, age: Int64) -> FakeNode {
        let member = plan.members[place]
        let now = Int64(time(nil))
        var node = FakeNode(member.name, address: member.spelling[0], port: member.port, createdAt: now - age)
        node.addresses = member.spelling.map { FakeNode.Address("InternalIP", $0) }
        node.addresses.append(FakeNode.Address("Hostname", member.name))
        node.imageCount = Self.images
        return node
    }

    private func startKubelet(_ place: Int) async throws {
        let member = plan.members[place]
        var behaviour = KubeletBehaviour()
        behaviour.authorization = .tokens([FakeCluster.scraperToken])
        let identity = FakeNode(member.name, address: member.spelling[0], port: member.port)
        for address in member.addresses {
            let kubelet = try await cluster.kubelet(
                identity, at: SocketAddress(address, port: member.port), port: identities[place] ?? .issued(.now),
                corpus: corpus, behaviour: behaviour)
            // Read now: the first scrape is not to wait for it.
            if let identity = identities[place], case .certificate(let certificate) = identity {
                try kubelet.use(certificate)
            }
            kubelets[place, default: []].append(kubelet)
        }
    }

    // MARK: What happens

    /// Carries out the plan; ends when it is done, or with the task. Ground truth is told in seconds from `start` on.
    func play(from start: Double, by clock: RunClock) async throws {
        for timed in plan.events {
            try await clock.sleep(until: start + timed.at)
            let before = clock.now
            try await carryOut(timed.event)
            truth.note(timed.event, from: before - start, to: clock.now - start)
        }
    }

    private func carryOut(_ event: ScenarioPlan.Event) async throws {
        switch event {
        case .kubeletStops(let place):
            for kubelet in kubelets.removeValue(forKey: place) ?? [] {
                await kubelet.stop(keepsPort: false)
            }
        case .kubeletStarts(let place): try await startKubelet(place)
        case .registers(let place):
            change(place, to: node(place, age: 0))
            renewLeases(of: [place])
        case .turns(let place, let ready):
            guard var node = nodes[place] else { return }
            node.mark(ready, at: Int64(time(nil)))
            change(place, to: node)
        case .isDeleted(let place):
            if let node = nodes.removeValue(forKey: place) { cluster.apiServer.delete(node) }
        case .answersSlowly(let place, let seconds): slowDown(place, over: seconds)
        case .hangs(let place): behave(place) { $0.fault = .hangsBeforeHead }
        case .recovers(let place): behave(place) { $0.fault = .none }
        case .apiLeaves: await cluster.apiServer.goAway()
        case .apiReturns:
            cluster.apiServer.change { $0.compact() }
            try await cluster.apiServer.comeBack()
        }
    }

    private func change(_ place: Int, to node: FakeNode) {
        nodes[place] = node
        cluster.apiServer.put(node)
    }

    private func behave(_ place: Int, _ change: (inout KubeletBehaviour) -> Void) {
        for kubelet in kubelets[place] ?? [] { change(&kubelet.behaviour) }
    }

    /// A chunk after another, so that bytes trickle rather than come all at the end.
    private func slowDown(_ place: Int, over seconds: Double) {
        let chunks = Double(longestAnswer) / Double(Self.chunk) + 1
        let pause = UInt64(seconds * 1000 / chunks)
        behave(place) { $0.fault = .slow(bytes: Self.chunk + Self.chunkFraming, pause: pause) }
    }

    /// Go's server sends gzip in chunks of so many bytes, and frames them with some more.
    private static let (chunk, chunkFraming) = (2048, 8)

    /// Every kubelet that is up renews its lease each ten seconds and reports its status each five minutes, as real ones do with
    /// their defaults. Also forgets what kubelets were asked: in a long run that would fill the memory. Ends with the task.
    func keepUp() async {
        var turn = 0
        // Small portions: the API server shares its thread with the kubelets.
        while (try? await Task.sleep(for: .milliseconds(50))) != nil {
            let due = kubelets.keys.filter { $0 % Self.turnsOfLease == turn % Self.turnsOfLease }
            renewLeases(of: due)
            for place in due { for kubelet in kubelets[place] ?? [] { kubelet.forgetRequests() } }
            report(kubelets.keys.filter { $0 % Self.turnsOfStatus == turn })
            turn = (turn + 1) % Self.turnsOfStatus
        }
    }

    /// Of 50 ms each.
    private static let (turnsOfLease, turnsOfStatus) = (200, 6000)

    private func report(_ places: [Int]) {
        let now = Int64(time(nil))
        for place in places {
            guard var node = nodes[place], node.ready == .true else { continue }
            node.reportedAt = now
            // Not by `change`: nothing that discovery looks at is another.
            cluster.apiServer.put(node)
        }
    }

    private func renewLeases(of places: [Int]) {
        guard !places.isEmpty else { return }
        let now = Int64(time(nil)) * 1000
        let leases = places.map { FakeLease(plan.members[$0].name, renewedAt: now) }
        cluster.apiServer.change { state in for lease in leases { state.put(lease) } }
    }
}
