import Addressing
import FakeCluster
import Glibc

/// The fleet while it runs: its nodes, its kubelets, and what happens to them.
actor Fleet {
    nonisolated let files: FleetFiles
    private let settings: FleetSettings
    private let cluster: FakeCluster
    private var nodes: [String: FakeNode] = [:]
    private var kubelets: [String: FakeKubelet] = [:]
    private var remainingSteps: [FleetScenario.Step]

    enum Failure: Error {
        case unknownNode(String)
        case nothingLeft
        case malformed(String)
        case addressTaken(String)
    }

    private init(_ settings: FleetSettings, _ cluster: FakeCluster) {
        self.settings = settings
        self.cluster = cluster
        files = FleetFiles(settings.directory, cluster: cluster, settings: settings)
        remainingSteps = settings.scenario.steps + settings.scenario.laterSteps
    }

    static func start(_ settings: FleetSettings) async throws -> Fleet {
        let cluster = try await FakeCluster.start(
            apiAddress: settings.apiAddress ?? SocketAddress(.loopbackV4, port: 0))
        if settings.apiAddress == nil { await cluster.apiServer.goAway() }
        let fleet = Fleet(settings, cluster)
        try await fleet.populate()
        return fleet
    }

    func stop() async { await cluster.stop() }

    private func populate() async throws {
        for index in 0..<settings.targets {
            try await add(name(index), at: settings.address(index), age: 3_600)
        }
        if !settings.isLive { for _ in settings.scenario.steps { _ = try await step() } }
        try writeNodes()
    }

    /// node-a and so on where a scenario speaks of them, numbers in a large fleet.
    private func name(_ index: Int) -> String {
        if settings.scenario != .steady, index == 0 { return "node-a" }
        return "node-" + String(10_000 + index + 1).dropFirst(settings.targets < 10_000 ? 1 : 0)
    }

    // MARK: Changes

    /// A node registers, Ready, and its kubelet starts.
    /// - Parameter age: seconds since it was created. The nodes of the beginning are old: nothing tells two apart that were
    ///   created in the same second.
    func add(_ name: String, at address: IPAddress, age: Int64 = 0) async throws {
        let key = SocketAddress(address, port: settings.port)
        guard !kubelets.values.contains(where: { $0.address == key }) else { throw Failure.addressTaken("\(key)") }
        let now = Int64(time(nil))
        var node = FakeNode(name, address: "\(address)", port: settings.port, createdAt: now - age)
        node.readySince = now - age
        kubelets[name] = try await cluster.kubelet(
            node, at: key, port: settings.kubeletPort, corpus: settings.corpus, behaviour: settings.behaviour)
        change(node)
        cluster.apiServer.put(FakeLease(name, renewedAt: now * 1000))
    }

    /// The machine is gone; the Node object stays.
    func stopKubelet(of name: String) async throws {
        guard let kubelet = kubelets.removeValue(forKey: name) else { throw Failure.unknownNode(name) }
        await kubelet.stop()
    }

    func mark(_ name: String, _ ready: FakeNode.Ready) throws {
        guard var node = nodes[name] else { throw Failure.unknownNode(name) }
        node.mark(ready, at: Int64(time(nil)))
        change(node)
    }

    func delete(_ name: String) throws {
        guard let node = nodes.removeValue(forKey: name) else { throw Failure.unknownNode(name) }
        cluster.apiServer.delete(node)
    }

    /// The next step of the scenario; returns what it was.
    func step() async throws -> String {
        guard let step = remainingSteps.first else { throw Failure.nothingLeft }
        remainingSteps.removeFirst()
        switch step {
        case .oldKubeletDies: try await stopKubelet(of: "node-a")
        case .newNodeComes: try await add("node-b", at: settings.address(0))
        case .oldNodeTurnsUnknown: try mark("node-a", .unknown)
        case .oldNodeIsDeleted: try delete("node-a")
        }
        return step.rawValue
    }

    private func change(_ node: FakeNode) {
        nodes[node.name] = node
        cluster.apiServer.put(node)
    }

    /// Every kubelet that is up renews its node's lease each ten seconds, as real ones do, a tenth of them a second. Ends when
    /// the task is cancelled.
    func renewLeases() async {
        var turn = 0
        while (try? await Task.sleep(for: .seconds(1))) != nil {
            let due = kubelets.keys.filter { $0.utf8.reduce(0) { $0 &+ Int($1) } % 10 == turn }
            turn = (turn + 1) % 10
            let now = Int64(time(nil)) * 1000
            cluster.apiServer.change { state in for name in due { state.put(FakeLease(name, renewedAt: now)) } }
        }
    }

    // MARK: What is told

    func controlPort(
        at address: SocketAddress, answer: @escaping @Sendable (ReceivedRequest) async -> ControlPort.Answer
    ) async throws -> SocketAddress {
        try await cluster.controlPort(at: address, answer: answer).address
    }

    func writeNodes() throws { try files.write(nodes: nodes.values.sorted { $0.name < $1.name }) }

    /// A line for each node, as `kubectl get nodes -o wide` would have it.
    var table: [String] {
        nodes.values.sorted { $0.name < $1.name }.map { node in
            let address = node.addresses.first?.value ?? "-"
            let kubelet = kubelets[node.name] == nil ? "down" : "up"
            return "\(node.name)\t\(address):\(node.kubeletPort)\tReady=\(node.ready.rawValue)\tkubelet \(kubelet)"
        }
    }

    var summary: [String] {
        let last = settings.address(settings.targets - 1)
        var lines = [
            "kubelets    \(kubelets.count), \(settings.address(0)):\(settings.port) to \(last):\(settings.port)"
        ]
        if settings.apiAddress != nil { lines.append("API server  https://\(cluster.apiServer.address)") }
        return lines + ["files       \(settings.directory)"]
    }
}
