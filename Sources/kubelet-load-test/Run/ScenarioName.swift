import ArgumentParser

/// What is played in a run (spec 15.2).
enum ScenarioName: String, CaseIterable, Codable, Sendable {
    case steady
    case ipReuse = "ip-reuse"
    case gracePeriod = "grace-period"
    case falseNotUnknown = "false-not-unknown"
    case rollingReplacement = "rolling-replacement"
    case apiOutage = "api-outage"
    case slowKubelets = "slow-kubelets"
    case dualStack = "dual-stack"
    case sharedIP = "shared-ip"
    /// Nobody scrapes: what the proxy costs by watching alone.
    case idle

    /// What `all` means: those that say something about storage.
    static let all = allCases.filter { $0 != .idle }

    /// Of `NAME[,NAME...]` or `all`.
    static func list(_ text: String) throws -> [ScenarioName] {
        if text == "all" { return all }
        return try text.split(separator: ",", omittingEmptySubsequences: false).map { name in
            guard let scenario = ScenarioName(rawValue: String(name)) else {
                let names = allCases.map(\.rawValue).joined(separator: ", ")
                throw ValidationError("--scenario \(name): there is no such scenario; there are all, \(names)")
            }
            return scenario
        }
    }
}
