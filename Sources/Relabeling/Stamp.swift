/// A label that every series of an answer gets, and the owner's meta label that it takes its value from (spec 7.2).
package struct Stamp: Hashable, Sendable {
    package let label: String
    package let source: String

    package init(label: String, source: String) throws(RelabelConfigError) {
        guard !label.isEmpty, label != "le", label != "quantile", !label.hasPrefix("__") else {
            throw .stampLabelNotAllowed(label)
        }
        guard source == "__address__" || source.hasPrefix("__meta_kubernetes_node_") else {
            throw .stampSourceNotAllowed(source, label: label)
        }
        self.label = label
        self.source = source
    }
}
