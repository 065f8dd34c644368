import Addressing
import Exposition
import Identity
import Relabeling

/// The rules in force made ready for each owner, and path where they look at it, kept from scrape to scrape (spec 7.3).
final class RewritePlans {
    private let configuration: ProxyConfiguration
    private var plans: [Key: Entry] = [:]
    private let dependOnPath: Bool
    /// Some KB each; enough for 5,000 nodes and four paths.
    private static let maximumCount = 20_000

    private struct Key: Hashable {
        let address: SocketAddress
        /// Empty where it makes no difference.
        let path: String
    }

    private struct Entry {
        let plan: RewritePlan
        /// For whom it was made. A node that changed is a new object: its plan takes the place of the old one, for a node changes
        /// with each of its kubelet's heartbeats.
        let owner: KnownNode?
    }

    init(_ configuration: ProxyConfiguration) {
        self.configuration = configuration
        dependOnPath = configuration.rules.read("__metrics_path__")
    }

    var count: Int { plans.count }

    /// Nil: the bytes pass as they are (spec 7.1).
    func plan(for owner: KnownNode?, at address: SocketAddress, path: String) -> RewritePlan? {
        guard !configuration.rules.areEmpty || configuration.limitsBodies else { return nil }
        let plan = plan(for: owner, Key(address: address, path: dependOnPath ? path : ""))
        return plan.isIdentity && !configuration.limitsBodies ? nil : plan
    }

    private func plan(for owner: KnownNode?, _ key: Key) -> RewritePlan {
        if let entry = plans[key], entry.owner === owner { return entry.plan }
        // Nodes come and go: starting afresh now and then is cheaper than following them.
        if plans.count >= Self.maximumCount { plans.removeAll(keepingCapacity: true) }
        let rules = configuration.rules
        let plan = RewritePlan(
            rules.relabeler(owner: labels(of: owner, key)), limits: configuration.rewriteLimits)
        plans[key] = Entry(plan: plan, owner: owner)
        return plan
    }

    /// Those that the rules read.
    private func labels(of owner: KnownNode?, _ key: Key) -> [String: String] {
        guard let owner else { return [:] }
        let all = OwnerLabels(of: owner, at: key.address)
        var labels: [String: String] = [:]
        if let names = configuration.rules.ownerLabels {
            for name in names { labels[name] = all[name] }
        } else {
            for label in all.all() { labels[label.name] = label.value }
        }
        if dependOnPath { labels["__metrics_path__"] = key.path }
        return labels
    }
}
