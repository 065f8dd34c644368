import Relabeling

extension ProxySettings {
    /// What is valid and works only under conditions that no check of a file can see: one line each, the key first.
    package var notices: [String] {
        guard onStale == .rewrite else { return [] }
        let labels = stamp.map(\.label).sorted().joined(separator: ", ")
        var notices = [
            "on_stale: mind that Prometheus stores its own target label in place of a stamped one (\(labels)) unless the job "
                + "has honor_labels: true",
            "on_stale: mind that each process remembers for itself who is rewritten: behind one address, all scrapes of a "
                + "node's address have to reach the same replica",
        ]
        if !stamp.contains(where: { $0.source == "__meta_kubernetes_node_name" }) {
            notices.append(
                "stamp: mind that no label comes from __meta_kubernetes_node_name: what is rewritten keeps the stale name"
            )
        }
        return notices
    }
}
