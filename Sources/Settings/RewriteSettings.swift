/// One label that every answer carries (spec 7.2).
package struct StampSettings: Sendable, Hashable {
    package var label: String
    /// The owner's label that it takes its value from: `__address__` or one of `__meta_kubernetes_node_*`.
    package var source: String

    package init(label: String, source: String) {
        self.label = label
        self.source = source
    }
}

/// One rule of metric_relabel_configs as written; nil: Prometheus' default.
package struct RelabelRuleSettings: Sendable, Hashable {
    package var action: String?
    package var sourceLabels: [String]?
    package var separator: String?
    package var regex: String?
    package var modulus: UInt64?
    package var targetLabel: String?
    package var replacement: String?

    package init() {}
}
