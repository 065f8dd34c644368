/// The rules and stamps of a configuration, compiled once when it is loaded.
package final class RelabelRules: Sendable {
    package let configs: [RelabelConfig]
    package let stamps: [Stamp]
    package let honorsLabels: Bool
    /// The labels of an owner that make a difference; nil: any may.
    package let ownerLabels: Set<String>?

    /// `honorsLabels`: an existing label stays and is not stamped (spec 7.2).
    package init(_ configs: [RelabelConfig], stamps: [Stamp] = [], honorsLabels: Bool = false) {
        self.configs = configs
        self.stamps = stamps
        self.honorsLabels = honorsLabels
        var read = Set(stamps.map(\.source))
        for config in configs {
            read.formUnion(config.sourceLabels)
            if config.action == .dropequal || config.action == .keepequal { read.insert(config.targetLabel) }
        }
        // It copies labels by their names.
        ownerLabels = configs.contains { $0.action == .labelmap } ? nil : read
    }

    package func read(_ ownerLabel: String) -> Bool { ownerLabels?.contains(ownerLabel) ?? true }

    /// The rules made ready for one scrape. `owner` holds the owner's `__meta_kubernetes_node_*` labels, `__address__` and
    /// `__metrics_path__`; empty where there is no owner. Takes some microseconds: keep it per owner and path.
    package func relabeler(owner: [String: String]) -> ScrapeRelabeler { ScrapeRelabeler(rules: self, owner: owner) }

    /// No rules and no stamps: whoever the owner, bytes pass.
    package var areEmpty: Bool { configs.isEmpty && stamps.isEmpty }
}
