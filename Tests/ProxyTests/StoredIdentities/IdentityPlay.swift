import Addressing
import FakeCluster
import Foundation
import Synchronization
import TLS
import Testing

/// One scenario on one stage: who answers at its addresses, what the Node objects say, and which names are right when.
final class IdentityPlay: Sendable {
    let scenario: IdentityScenario
    let stage: EvidenceStage
    let format: KubeletFormat
    private let connections: Connections
    private let addresses: [SocketAddress]
    private let state = Mutex(State())

    private struct State {
        var kubelets: [Int: FakeKubelet] = [:]
        var certificates: [Int: TLSIdentity] = [:]
        var spans: [(name: IdentityScenario.Name, span: StoredCount.Span)] = []
        var well: [IdentityScenario.Name: Int] = [:]
        var changedSince: Int?
        var knownSince: Int?
    }

    enum Connections: Sendable {
        case kept
        /// Each ends with its second answer: a scrape, and what the proxy asks of its own accord.
        case fresh
    }

    /// Takes the addresses; nobody answers yet.
    ///
    /// - Parameter number: of the scenario, from 0 on.
    static func prepare(
        _ scenario: IdentityScenario, _ number: Int, on stage: EvidenceStage, in format: KubeletFormat,
        over connections: Connections
    ) async throws -> IdentityPlay {
        var addresses: [SocketAddress] = []
        for place in 0..<scenario.placeCount {
            let address = SocketAddress(try stage.kind.address(2 * number + place + 1), port: 0)
            let nobody = try await stage.cluster.kubelet("nobody", at: address, port: .plain)
            await nobody.stop()
            addresses.append(nobody.address)
        }
        return IdentityPlay(scenario, stage, format, connections, addresses)
    }

    private init(
        _ scenario: IdentityScenario, _ stage: EvidenceStage, _ format: KubeletFormat, _ connections: Connections,
        _ addresses: [SocketAddress]
    ) {
        (self.scenario, self.stage) = (scenario, stage)
        (self.format, self.connections, self.addresses) = (format, connections, addresses)
    }

    // MARK: Kubelets

    /// Whom a kubelet's certificate is for.
    enum Shown: Sendable {
        case itself
        case node(String)
        /// Where it makes one for itself.
        case host(String)
        /// What the one before had.
        case same
    }

    /// From now on this kubelet answers; the one before is gone, with its connections.
    func answer(_ kubelet: TrueKubelet, at place: Int = 0, showing shown: Shown = .itself) async throws {
        let kubelet = full(kubelet)
        let certificate = try certificate(of: kubelet, shown, at: place)
        if let before = state.withLock({ $0.kubelets[place] }) {
            await before.stop()
            // No machine comes up at another's address, and no kubelet is restarted, in less.
            try await Task.sleep(for: .milliseconds(1_250))
        }
        let address = addresses[place]
        let started = try await stage.cluster.kubelet(
            kubelet.node(at: "\(address.ip)"), at: address, port: certificate.map { .certificate($0) } ?? .plain,
            corpus: MarkedBodies.corpus(of: kubelet, in: format), behaviour: behaviour(connections))
        let now = Self.now
        state.withLock {
            $0.kubelets[place] = started
            $0.certificates[place] = certificate
            $0.changedSince = now
        }
    }

    /// The kubelet shows another certificate from now on, and none of its connections grows old.
    func rotate(to kubelet: TrueKubelet, at place: Int = 0, showing shown: Shown = .itself) async throws {
        guard let running = state.withLock({ $0.kubelets[place] }) else { return }
        if let certificate = try certificate(of: full(kubelet), shown, at: place) {
            try running.use(certificate)
            state.withLock { $0.certificates[place] = certificate }
        }
        running.behaviour = behaviour(.fresh)
        try await scrapeOn()
        running.behaviour = behaviour(connections)
    }

    /// The kubelet at the second place can show what the one at the first has.
    func lendCertificate(from place: Int, to other: Int) {
        state.withLock { $0.certificates[other] = $0.certificates[place] }
    }

    private func behaviour(_ connections: Connections) -> KubeletBehaviour {
        var behaviour = KubeletBehaviour()
        behaviour.answersPerConnection = connections == .fresh ? 2 : nil
        return behaviour
    }

    /// Nil for a plain port.
    private func certificate(of kubelet: TrueKubelet, _ shown: Shown, at place: Int) throws -> TLSIdentity? {
        let name: String
        switch shown {
        case .itself: name = kubelet.name
        case .node(let node): name = full(node)
        case .host(let host): name = stage.kind.port == .selfSigned ? host : kubelet.name
        case .same: return state.withLock { $0.certificates[place] }
        }
        switch stage.kind.port {
        case .plain: return nil
        case .issued:
            return try stage.cluster.authority.issue(.kubelet(node: name, addresses: [addresses[place].ip])).identity
        case .selfSigned: return try CertificateAuthority.selfSign(.selfSignedKubelet(host: name, madeAt: 1)).identity
        }
    }

    // MARK: Node objects

    /// Puts the Node of this kubelet.
    ///
    /// - Parameter age: seconds.
    func register(
        _ kubelet: TrueKubelet, at place: Int = 0, age: Int64 = 0, ready: FakeNode.Ready = .true
    ) {
        stage.cluster.apiServer.put(node(of: kubelet, at: place, age: age, ready: ready))
    }

    func unregister(_ kubelet: TrueKubelet, at place: Int = 0) {
        stage.cluster.apiServer.delete(node(of: kubelet, at: place, age: 0, ready: .true))
    }

    private func node(of kubelet: TrueKubelet, at place: Int, age: Int64, ready: FakeNode.Ready) -> FakeNode {
        let kubelet = full(kubelet)
        var node = FakeNode(
            kubelet.name, address: "\(addresses[place].ip)", port: addresses[place].port,
            createdAt: FakeNode.defaultCreation - age)
        node.mark(ready)
        node.machine = kubelet.machine
        if !kubelet.uid.isEmpty { node.uid = kubelet.uid }
        return node
    }

    /// The scenarios of a stage share one cluster, but neither names nor machines.
    private func full(_ name: String) -> String { "\(scenario.id)-\(name)" }

    private func full(_ kubelet: TrueKubelet) -> TrueKubelet {
        var kubelet = kubelet
        (kubelet.name, kubelet.seed) = (full(kubelet.name), full(kubelet.seed))
        kubelet.bodyBytes = scenario.bodyBytes
        return kubelet
    }

    /// Waits until the proxy knows whose the address is.
    func untilOwned(by name: String?, at place: Int = 0) async throws {
        let expected = name.map(full)
        for _ in 0..<50 {
            if try await stage.owner(of: addresses[place]) == expected { return }
            try await Task.sleep(for: .milliseconds(100))
        }
        let place = "\(scenario.id) \(stage.kind.rawValue): \(addresses[place])"
        Issue.record("\(place) does not become \(expected ?? "nobody")'s")
    }

    // MARK: What is right

    /// Long enough for two scrapes of each target.
    func scrapeOn() async throws { try await Task.sleep(for: .milliseconds(1250)) }

    /// These names, and no others, are well from now on.
    func well(_ names: IdentityScenario.Name...) {
        let now = Self.now
        state.withLock { state in
            for (name, begin) in state.well where !names.contains(name) {
                state.spans.append((name, StoredCount.Span(begin: begin, end: now)))
                state.well[name] = nil
            }
            for name in names where state.well[name] == nil { state.well[name] = now }
        }
    }

    /// From now on the proxy knows enough to let nothing wrong pass, on any path.
    func knows() {
        let now = Self.now
        state.withLock { $0.knownSince = now }
    }

    /// Unix milliseconds.
    static var now: Int { Int(Date().timeIntervalSince1970 * 1000) }

    // MARK: For the judge

    func target(_ name: IdentityScenario.Name, _ path: String) -> StoredScrapes.Target {
        StoredScrapes.Target(
            job: "\(stage.kind.rawValue) \(path)", instance: "\(addresses[name.place])", node: full(name.node),
            uid: name.uid)
    }

    /// When a name was well.
    func spans(of name: IdentityScenario.Name) -> [StoredCount.Span] {
        state.withLock { $0.spans.filter { $0.name == name }.map(\.span) }
    }

    /// When another kubelet began to answer, and when the proxy knew all that it needs, in Unix milliseconds.
    var moments: (changed: Int?, known: Int?) { state.withLock { ($0.changedSince, $0.knownSince) } }
}
