import Testing

/// Stamps and rules, written for the proxy and, with the same meaning, for a job of Prometheus' own.
struct RelabelScenario: Sendable, CustomTestStringConvertible {
    let testDescription: String
    /// The entries of `metric_relabel_configs`.
    let rules: String
    var honorsLabels = false
    /// Nothing in the rules tells the parts of a histogram apart (spec 7.6).
    let takesProtobuf: Bool

    /// What the proxy stamps, and a job of Prometheus' own has as labels of its target.
    private static let stamps = [
        ("node", "__meta_kubernetes_node_name"),
        ("zone", "__meta_kubernetes_node_label_topology_kubernetes_io_zone"),
    ]

    var proxyConfiguration: String {
        let stamps = Self.stamps.map { "\($0.0): \($0.1)" }.joined(separator: ", ")
        return "stamp: {\(stamps)}\nhonor_labels: \(honorsLabels)\nmetric_relabel_configs:\n\(rules)\n"
    }

    /// Prometheus' metric_relabel_configs never see `__meta_*`: there the owner's labels come under another prefix, as labels
    /// of the target, and go in the end.
    private static let prefixes = (proxy: "__meta_kubernetes_node_", prometheus: "owner_")

    var prometheusRules: String {
        let rules = rules.replacing(Self.prefixes.proxy, with: Self.prefixes.prometheus)
        return "\(rules)\n- {regex: \"\(Self.prefixes.prometheus).*\", action: labeldrop}"
    }

    /// - Parameter owner: the labels of the owner that rules see, as the proxy names them.
    static func targetLabels(owner: [String: String]) -> [String: String] {
        var labels = [String: String]()
        for (name, value) in owner { labels[name.replacing(prefixes.proxy, with: prefixes.prometheus)] = value }
        for (name, source) in stamps { labels[name] = owner[source] }
        return labels
    }

    static let all = [
        RelabelScenario(
            testDescription: "what kubelet and cAdvisor jobs usually drop, and a rule of each kind",
            rules: #"""
                - {source_labels: [__name__], regex: "container_cpu_(cfs_throttled_seconds_total|load_average_10s|system_seconds_total|user_seconds_total)", action: drop}
                - {source_labels: [__name__], regex: "container_memory_(mapped_file|swap)|machine_swap_bytes", action: drop}
                - {source_labels: [__name__], regex: "container_(file_descriptors|tasks_state|threads_max)", action: drop}
                - {source_labels: [__name__], regex: "container_spec.*", action: drop}
                # A histogram's bare name is the name of no series.
                - {source_labels: [__name__], regex: kubelet_http_requests_duration_seconds, action: drop}
                - {source_labels: [id, pod], regex: ".+;", action: drop}
                - {source_labels: [interface], regex: "(cali|cilium|cni|lxc|nodelocaldns|tunl).*", action: drop}
                - {source_labels: [scope], regex: "(container|)", action: keep}
                - {source_labels: [namespace, pod], regex: "(.+);(.+)-([a-z0-9]{5})", target_label: workload, replacement: "$1/${2}"}
                - {regex: "(container|pod)", replacement: "k8s_$1", action: labelmap}
                - {source_labels: [id, operation_type], modulus: 8, target_label: shard, action: hashmod}
                - {source_labels: [operation_type], target_label: operation_type, action: uppercase}
                - {source_labels: [verb], target_label: verb, action: lowercase}
                - {source_labels: [exported_node], regex: "", replacement: none, target_label: exported_node}
                - {regex: "name|image", action: labeldrop}
                """#,
            takesProtobuf: true),
        RelabelScenario(
            testDescription: "rules that tell the parts of a histogram apart, honored labels and new names",
            rules: #"""
                - {source_labels: [__name__, le], regex: "(csi_operations|storage_operation_duration)_seconds_bucket;(0.25|2.5|15|25|120|600)(\\.0)?", action: drop}
                - {source_labels: [__name__, le], regex: "(kubelet_runtime_operations|authentication_token_cache_request)_duration_seconds_bucket;(0.005|0.25|1|10)(\\.0)?", action: drop}
                - {source_labels: [__name__], regex: "rest_client_.*_bucket|apiserver_.*_sum", action: drop}
                - {source_labels: [__name__, scope], regex: "container_memory_failures_total;hierarchy", action: drop}
                - {source_labels: [quantile], regex: "0(\\.0)?", action: drop}
                - {source_labels: [__name__], regex: "kubelet_(.+)", target_label: __name__, replacement: "k8s_$1"}
                - {source_labels: [__name__], regex: "(k8s|go|process|container|machine|prober|kubernetes|authentication)_.+|.+_total", action: keep}
                - {regex: "__name__|job|instance|node|zone|le|quantile|id|interface|pod|operation.*|scope|failure_type", action: labelkeep}
                """#,
            honorsLabels: true, takesProtobuf: false),
        RelabelScenario(
            testDescription: "rules that make series equal",
            rules: #"""
                - {regex: "id|name|image|container|pod|interface|scope|failure_type|operation_type|method|path|verb|code|host", action: labeldrop}
                """#,
            takesProtobuf: true),
        RelabelScenario(
            testDescription: "rules that see labels of the owner",
            rules: #"""
                - {regex: "__meta_kubernetes_node_label_(.+)", replacement: "label_$1", action: labelmap}
                - {source_labels: [__meta_kubernetes_node_label_pool, container], separator: "/", regex: "(.+)/(.+)", target_label: place, replacement: "$2@$1"}
                - {source_labels: [__meta_kubernetes_node_labelpresent_pool], regex: "true", target_label: pooled, replacement: "yes"}
                - {source_labels: [__meta_kubernetes_node_annotation_absent], target_label: absent}
                - {source_labels: [exported_node], target_label: __meta_kubernetes_node_name, action: dropequal}
                - {source_labels: [__meta_kubernetes_node_provider_id, pod], modulus: 1000, target_label: shard, action: hashmod}
                """#,
            takesProtobuf: true),
    ]
}
