import CommandLineTool

/// How many files a run keeps open: kubelets' listeners, and both ends of each connection that ends in this process.
struct OpenFileBudget {
    /// Of all members at all times.
    let listeners: Int
    let targets: Int
    /// `run` with `--no-proxy` holds both ends of kubelets' connections; through a proxy it holds the kubelets' end. Proxies keep
    /// one or two for each kubelet.
    let route: Route
    let limit: Int

    enum Route { case direct, absolute, intercepted }

    /// For the API server, scrapes in flight, files and pipes.
    private var others: Int { 300 + targets / 4 }

    /// Whether each path may have connections of its own, as each job of a Prometheus has; else all paths of a kubelet share
    /// one.
    var affordsConnectionsByPath: Bool { need(connectionsPerTarget: RunSettings.paths.count) <= limit }

    /// Nil if they suffice.
    var complaint: String? {
        let need = need(connectionsPerTarget: 1)
        guard need > limit else { return nil }
        return
            "\(targets) targets need \(need) open files, and the limit is \(limit): raise it (ulimit -n) or play fewer"
    }

    /// - Parameter trouble: what kept a kubelet from accepting a connection.
    func complaint(about trouble: String) -> String {
        "the fake kubelets can't accept connections (\(trouble)): \(targets) targets and their scrapes need more open files than "
            + "the limit of \(limit): raise it (ulimit -n) or play fewer"
    }

    private func need(connectionsPerTarget: Int) -> Int {
        let connections = targets * connectionsPerTarget
        switch route {
        case .direct: return listeners + 2 * connections + others
        case .absolute: return listeners + targets + others
        case .intercepted: return listeners + targets + connections + others
        }
    }
}

extension OpenFileBudget {
    init(plan: ScenarioPlan, settings: RunSettings) {
        self.init(
            listeners: plan.members.reduce(0) { $0 + ($1.isThereFromStart ? $1.addresses.count : 0) },
            targets: settings.targets,
            route: settings.proxy.isNone ? .direct : settings.door == .intercepted ? .intercepted : .absolute,
            limit: OpenFiles.limit)
    }
}
