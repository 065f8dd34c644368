import Addressing
import Exposition
import Identity
import Relabeling

/// The rules in force made ready for each owner and path, kept from scrape to scrape (spec 7.3).
final class RewritePlans {
    private let configuration: ProxyConfiguration
    private var plans: [Key: Entry] = [:]
    /// Some KB each; enough for 5,000 nodes and four paths.
    private static let maximumCount = 20_000

    private struct Key: Hashable {
        let owner: ObjectIdentifier?
        let address: SocketAddress
        let path: String
    }

    private struct Entry {
        let plan: RewritePlan
        /// Keeps the identifier from being another node's. A node that changed is a new object.
        let owner: KnownNode?
    }

    init(_ configuration: ProxyConfiguration) { self.configuration = configuration }

    /// Nil: the bytes pass as they are (spec 7.1).
    func plan(for owner: KnownNode?, at address: SocketAddress, path: String) -> RewritePlan? {
        guard !configuration.rules.areEmpty || configuration.limitsBodies else { return nil }
        let key = Key(owner: owner.map(ObjectIdentifier.init), address: address, path: path)
        let plan = plans[key]?.plan ?? make(key, owner)
        return plan.isIdentity && !configuration.limitsBodies ? nil : plan
    }

    private func make(_ key: Key, _ owner: KnownNode?) -> RewritePlan {
        // Nodes come and go: starting afresh now and then is cheaper than following them.
        if plans.count >= Self.maximumCount { plans.removeAll(keepingCapacity: true) }
        var labels: [String: String] = [:]
        if let owner {
            for label in OwnerLabels(of: owner, at: key.address).all() { labels[label.name] = label.value }
            labels["__metrics_path__"] = key.path
        }
        let plan = RewritePlan(configuration.rules.relabeler(owner: labels), limits: configuration.rewriteLimits)
        plans[key] = Entry(plan: plan, owner: owner)
        return plan
    }
}
